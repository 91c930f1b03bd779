import type { Transaction } from 'kysely'
import Database from 'libsql'
import { codeOf, StoreRefused } from './refused.ts'
import type { Schema } from './schema.ts'

/** The right to be the only bot on the records. */
export interface Instance {
  /** Resolves when another process has it, because this one was not heard of for too long. */
  readonly lost: Promise<void>
  release(): Promise<void>
}

/** How a kind of records keeps bots apart. */
export interface OnlyBot {
  hold(owner: string, onWait?: () => void): Promise<Instance | 'taken'>
  /** First in a transaction of which the result is the bot's alone: throws when this process was the bot and another one is. */
  check(trx: Transaction<Schema>): Promise<void>
}

const NEVER = new Promise<void>(() => {})

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
    return { lost: NEVER, release: async () => void database.close() }
  } catch (error) {
    if (codeOf(error).startsWith('SQLITE_BUSY')) return 'taken'
    throw new StoreRefused(
      'unusable',
      file,
      `the lock file ${file}.instance cannot be held (${codeOf(error)})`,
    )
  }
}
