import { pathToFileURL } from 'node:url'
import {
  type DatabaseConnection,
  type Driver,
  Kysely,
  type RawBuilder,
  SqliteDialect,
  SqliteDriver,
  sql,
  type TransactionSettings,
} from 'kysely'
import Database from 'libsql'
import type { Clock } from '../ports/clock.ts'
import { type Records, recordsIn, whilePassing } from './database.ts'
import { migrate } from './migrations.ts'
import { APPLICATION_ID, recognise } from './recognise.ts'
import { codeOf, StoreRefused } from './refused.ts'
import type { Schema } from './schema.ts'

/** Everything that only SQLite knows; postgres.ts is its like. */

/**
 * How long SQLite itself waits for another process, in ms. It waits by blocking this whole process, heartbeats to hosts
 * included; so it waits briefly and `whilePassing` tries again.
 */
const BLOCKING_WAIT_MS = 10

/** The records in this file. One transaction at a time: when another process writes, one asks again and the others wait behind it. */
export async function sqliteRecords(file: string, clock: Clock): Promise<Records> {
  return recordsIn(await openSqlite(file), { atOnce: 1, now: async () => clock.now(), isPassing: isBusy })
}

function whenFree<T>(attempt: () => T | Promise<T>): Promise<T> {
  return whilePassing(isBusy, attempt)
}

function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY')
}

/** The migrated database in this file, made when there is none. Throws StoreRefused and changes nothing otherwise. */
export async function openSqlite(file: string): Promise<Kysely<Schema>> {
  if (recognise(file) === 'ours') await whenFree(() => refuseCorrupt(file))
  try {
    const database = new Database(file, { timeout: BLOCKING_WAIT_MS })
    try {
      // The id goes into the file before the log (WAL) is switched on, so that `recognise` always finds it in the file.
      await whenFree(() => database.exec(`PRAGMA application_id=${APPLICATION_ID}`))
      await whenFree(() => database.exec('PRAGMA journal_mode=WAL'))
      database.exec('PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON')
      const kysely = new Kysely<Schema>({ dialect: new LibsqlDialect(database) })
      await whenFree(() => database.exec('BEGIN IMMEDIATE'))
      const outcome = await migrate(kysely, appendOnly)
      if (outcome === 'newer')
        throw new StoreRefused('newer', file, 'a later version of Touchdown has changed its tables')
      database.exec('COMMIT')
      return kysely
    } catch (error) {
      database.close()
      throw error
    }
  } catch (error) {
    if (error instanceof StoreRefused) throw error
    throw new StoreRefused('unusable', file, `it cannot be opened (${codeOf(error)})`)
  }
}

/** Reads through a connection that may not write, so that a broken file stays as it is for whoever repairs it. */
function refuseCorrupt(file: string): void {
  let found: unknown
  try {
    const database = new Database(`${pathToFileURL(file).href}?mode=ro`)
    try {
      found = database.prepare('PRAGMA quick_check(1)').raw().get([])
    } finally {
      database.close()
    }
  } catch (error) {
    const code = codeOf(error)
    if (code.startsWith('SQLITE_BUSY')) throw error
    const isBroken = code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB'
    throw new StoreRefused(isBroken ? 'corrupt' : 'unusable', file, `SQLite cannot read it (${code})`)
  }
  const verdict = Array.isArray(found) ? String(found[0]) : 'no answer'
  if (verdict !== 'ok')
    throw new StoreRefused('corrupt', file, `SQLite's check of it found: ${verdict.trim()}`)
}

/** Statements that make the database itself refuse to change or remove a row of this table. */
function appendOnly(table: string): readonly RawBuilder<unknown>[] {
  const refusal = sql.lit(`${table} is append-only`)
  const trigger = (verb: string, when: RawBuilder<unknown>) =>
    sql`CREATE TRIGGER ${sql.id(`${table}_no_${verb}`)} BEFORE ${sql.raw(verb)} ON ${sql.table(table)} ${when}
        BEGIN SELECT RAISE(ABORT, ${refusal}); END`
  return [
    trigger('update', sql``),
    trigger('delete', sql``),
    // INSERT OR REPLACE removes the old row without asking the trigger for deletes.
    trigger('insert', sql`WHEN EXISTS (SELECT 1 FROM ${sql.table(table)} WHERE n = NEW.n)`),
  ]
}

class LibsqlDialect extends SqliteDialect {
  readonly #database: Database.Database

  constructor(database: Database.Database) {
    super({ database })
    this.#database = database
  }

  override createDriver(): Driver {
    return new LibsqlDriver(this.#database)
  }
}

/**
 * libsql 0.5.29 never resets a prepared statement that failed with SQLITE_BUSY. Until it is garbage-collected, later
 * writes of the connection report success and are **not committed**, and COMMIT fails. So locks are only ever taken by
 * `exec`, which does finish its statements: every query runs inside a transaction that has its lock already.
 */
class LibsqlDriver extends SqliteDriver {
  readonly #database: Database.Database

  constructor(database: Database.Database) {
    super({ database })
    this.#database = database
  }

  override async beginTransaction(
    _connection: DatabaseConnection,
    settings: TransactionSettings = {},
  ): Promise<void> {
    if (settings.accessMode !== 'read only') {
      this.#database.exec('BEGIN IMMEDIATE')
      return
    }
    this.#database.exec('BEGIN')
    try {
      this.#database.exec('SELECT 1 FROM meta LIMIT 1')
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  override async commitTransaction(): Promise<void> {
    this.#database.exec('COMMIT')
  }

  /** SQLite has rolled back by itself after some errors (disk full); then there is nothing left to do. */
  override async rollbackTransaction(): Promise<void> {
    if (this.#database.inTransaction) this.#database.exec('ROLLBACK')
  }
}
