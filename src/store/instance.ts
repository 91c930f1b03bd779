import Database from 'libsql'
import { codeOf, StoreRefused } from './refused.ts'

/** The right to run as a bot on the records. */
export interface Instance {
  release(): Promise<void>
}

/**
 * Makes this process the only bot on the records file; others get `taken`, the command line may work beside it. Held by a
 * lock on a side file that the kernel lets go with the process, however it dies. Throws StoreRefused when there can be none.
 */
export async function holdInstance(file: string): Promise<Instance | 'taken'> {
  try {
    const database = new Database(`${file}.instance`, { timeout: 0 })
    try {
      // By `exec`, and without a journal file beside it: nothing is ever written here.
      database.exec('PRAGMA journal_mode=MEMORY')
      database.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      database.close()
      throw error
    }
    return { release: async () => void database.close() }
  } catch (error) {
    if (codeOf(error).startsWith('SQLITE_BUSY')) return 'taken'
    throw new StoreRefused(
      'unusable',
      file,
      `the lock file ${file}.instance cannot be held (${codeOf(error)})`,
    )
  }
}
