/** Why records are not used. `newer`: a later version of Touchdown made them. */
export type RefusedBecause = keyof typeof fileRemedies | keyof typeof serverRemedies

/** The records cannot be used and were left exactly as they are. The message is for people and says what to do. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused'
  readonly because: RefusedBecause

  constructor(because: keyof typeof fileRemedies, file: string, found: string)
  constructor(because: keyof typeof serverRemedies, server: { readonly shown: string }, found: string)
  constructor(because: RefusedBecause, place: string | { readonly shown: string }, found: string) {
    const [where, left, remedies] =
      typeof place === 'string'
        ? [place, 'The file was left as it is.', fileRemedies]
        : [place.shown, 'Nothing was changed there.', serverRemedies]
    super(`The records in ${where} are not used: ${found}. ${left} ${Reflect.get(remedies, because)}`)
    this.because = because
  }
}

const fileRemedies = {
  foreign: 'Name another file in DATABASE_URL; Touchdown makes a new one where there is none.',
  corrupt:
    'Put a backup in its place, or move it away (with its -wal and -shm files) to start with empty records.',
  newer: 'Start the Touchdown version that made it, or a later one.',
  'network-filesystem':
    'Name a file on a local disk in DATABASE_URL, for example sqlite:/var/lib/touchdown/touchdown.db.',
  unusable:
    'See that its directory exists, that this user may write there and that the disk has room, then start again.',
} as const

const serverRemedies = {
  foreign: 'Name an empty database in DATABASE_URL; Touchdown makes its own tables.',
  corrupt: 'Restore the whole database from a backup, or name an empty one in DATABASE_URL.',
  newer: 'Start the Touchdown version that made them, or a later one.',
  unreachable: 'See that the server runs and that this machine may connect to it, then start again.',
  'no-entry':
    'Put the right user and password into DATABASE_URL, and the sslmode that fits the server, then start again.',
  'no-database': 'Make it (CREATE DATABASE), or name another one in DATABASE_URL.',
  'too-old': 'Use PostgreSQL 14 or later.',
  'read-only': 'Name the primary server in DATABASE_URL; a standby cannot be written to.',
  'no-right': 'Make the user of DATABASE_URL the owner of the database, then start again.',
  unusable: 'See what the server says about it, then start again.',
} as const

/** The code of a system or SQLite error, or its text. */
export function codeOf(error: unknown): string {
  if (error instanceof Error)
    return 'code' in error && typeof error.code === 'string' ? error.code : error.message
  return String(error)
}
