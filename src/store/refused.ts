/** Why a records file is not used. `newer`: a later version of Touchdown made it. */
export type RefusedBecause = 'foreign' | 'corrupt' | 'newer' | 'network-filesystem' | 'unusable'

/** The records file cannot be used and was left exactly as it is. The message is for people and says what to do. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused'
  readonly because: RefusedBecause
  readonly file: string

  constructor(because: RefusedBecause, file: string, found: string) {
    super(`The records in ${file} are not used: ${found}. The file was left as it is. ${remedies[because]}`)
    this.because = because
    this.file = file
  }
}

const remedies: Readonly<Record<RefusedBecause, string>> = {
  foreign: 'Name another file in DATABASE_URL; Touchdown makes a new one where there is none.',
  corrupt:
    'Put a backup in its place, or move it away (with its -wal and -shm files) to start with empty records.',
  newer: 'Start the Touchdown version that made it, or a later one.',
  'network-filesystem':
    'Name a file on a local disk in DATABASE_URL, for example sqlite:/var/lib/touchdown/touchdown.db.',
  unusable:
    'See that its directory exists, that this user may write there and that the disk has room, then start again.',
}

/** The code of a system or SQLite error, or its text. */
export function codeOf(error: unknown): string {
  if (error instanceof Error)
    return 'code' in error && typeof error.code === 'string' ? error.code : error.message
  return String(error)
}
