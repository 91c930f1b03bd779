import {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  sql,
  type Transaction,
} from 'kysely'
import pg from 'pg'
import type { Secret } from '../secret.ts'
import { type Records, recordsIn } from './database.ts'
import { CHANNEL } from './hints.ts'
import { MIGRATIONS_TABLE, migrate } from './migrations.ts'
import { isPassing, LinkLost, NotLetIn, PostgresDriver } from './postgres-driver.ts'
import { codeOf, StoreRefused } from './refused.ts'
import { type Schema, TABLES } from './schema.ts'

/** Everything that only PostgreSQL knows; sqlite.ts is its like. */

export interface PostgresPlace {
  readonly url: Secret
  /** The same without password and parameters, for people. */
  readonly shown: string
}

const AT_ONCE = 4
/** The oldest that its makers still mend. */
const OLDEST = 14
/** `TDWN`: while one process makes the tables, the others that start wait. */
const MIGRATION_LOCK = 0x5444574e

export interface SharedRecords extends Records {
  /** Tells those that listen, beside all transactions. */
  notify(payload: string): Promise<unknown>
}

/** The records in this database, whose tables are made when it is empty. Throws StoreRefused and changes nothing otherwise. */
export async function postgresRecords(
  place: PostgresPlace,
  { now = serverTime, oldest = OLDEST }: { readonly now?: Records['now']; readonly oldest?: number } = {},
): Promise<SharedRecords> {
  const database = databaseAt(place)
  try {
    await database.transaction().execute(trx => prepare(trx, place, oldest))
    return {
      ...recordsIn(database, { atOnce: AT_ONCE, now, isPassing }),
      notify: payload => sql`SELECT pg_notify(${CHANNEL}, ${payload})`.execute(database),
    }
  } catch (error) {
    await database.destroy()
    throw refusalOf(error, place)
  }
}

function databaseAt({ url }: PostgresPlace): Kysely<Schema> {
  const pool = new pg.Pool({
    application_name: 'touchdown',
    connectionTimeoutMillis: 10_000,
    // A link that is cut without a word is given up like one that breaks.
    query_timeout: 25_000,
    keepAlive: true,
    // More than those at once: what cannot wait finds one, and how a commit ended whose link was cut is asked beside it.
    max: AT_ONCE + 6,
    types: { getTypeParser: parserOf },
    connectionString: url.reveal(),
  })
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new PostgresDriver(pool),
      createIntrospector: kysely => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })
}

/** Our whole numbers are bigint there, and far below 2^53. */
const parserOf: typeof pg.types.getTypeParser = (type: number, format?: 'text' | 'binary') =>
  type === pg.types.builtins.INT8
    ? Number
    : pg.types.getTypeParser(type, format === 'binary' ? format : 'text')

async function serverTime(trx: Transaction<Schema>): Promise<number> {
  const { rows } = await sql<{ now: number }>`
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now`.execute(trx)
  const [row] = rows
  if (!row) throw new Error('The server does not tell the time.')
  return row.now
}

async function prepare(trx: Transaction<Schema>, place: PostgresPlace, oldest: number): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(trx)
  const version = await serverVersion(trx)
  if (version < oldest) throw new StoreRefused('too-old', place, `the server is PostgreSQL ${version}`)
  const before = await tablesIn(trx)
  if (before.size > 0 && !before.has(MIGRATIONS_TABLE))
    throw new StoreRefused('foreign', place, 'the database holds tables of another program')
  if ((await migrate(trx, appendOnly)) === 'newer')
    throw new StoreRefused('newer', place, 'a later version of Touchdown has changed the tables')
  const after = await tablesIn(trx)
  const missing = Object.keys(TABLES).filter(name => !after.has(name))
  if (missing.length > 0)
    throw new StoreRefused('corrupt', place, `tables of ours are missing (${missing.join(', ')})`)
}

async function serverVersion(trx: Transaction<Schema>): Promise<number> {
  const { rows } = await sql<{ version: string }>`
    SELECT current_setting('server_version_num') AS version`.execute(trx)
  return Math.floor(Number(rows[0]?.version) / 10_000)
}

/** Those in the schema where ours would be made; an extension's belong to nobody. */
async function tablesIn(trx: Transaction<Schema>): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`
    SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')`.execute(trx)
  return new Set(rows.map(({ name }) => name))
}

/** Statements that make the database itself refuse to change or remove a row of this table. */
function appendOnly(table: string): readonly RawBuilder<unknown>[] {
  const name = sql.id(`${table}_is_append_only`)
  return [
    sql`CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS
        ${sql.lit(`BEGIN RAISE EXCEPTION '${table} is append-only'; END`)}`,
    sql`CREATE TRIGGER ${name} BEFORE UPDATE OR DELETE OR TRUNCATE ON ${sql.table(table)}
        FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`,
  ]
}

/** What pg and the server say, as a sentence. Neither repeats the password. */
function refusalOf(error: unknown, place: PostgresPlace): unknown {
  if (error instanceof StoreRefused) return error
  const code = codeOf(error)
  const said = error instanceof Error ? error.message : String(error)
  if (error instanceof LinkLost)
    return new StoreRefused('unreachable', place, `the server cannot be reached (${said || code})`)
  if (error instanceof NotLetIn)
    return new StoreRefused('no-entry', place, `server and bot do not agree on how to connect (${said})`)
  switch (code) {
    case INVALID_PASSWORD:
    case INVALID_AUTHORIZATION:
      return new StoreRefused('no-entry', place, `the server does not let this user in (${said})`)
    case NO_SUCH_DATABASE:
      return new StoreRefused('no-database', place, `there is no such database on the server (${said})`)
    case READ_ONLY_TRANSACTION:
      return new StoreRefused('read-only', place, 'the server takes no writes')
    case NO_PRIVILEGE:
    case NO_SUCH_SCHEMA:
      return new StoreRefused('no-right', place, `this user may not make tables there (${said})`)
    case NO_SUCH_TABLE:
    case NO_SUCH_COLUMN:
      return new StoreRefused('corrupt', place, `its tables are not whole (${said})`)
    default:
      return new StoreRefused('unusable', place, `they cannot be opened (${said || code})`)
  }
}

/** SQLSTATEs. */
const INVALID_PASSWORD = '28P01'
const INVALID_AUTHORIZATION = '28000'
const NO_SUCH_DATABASE = '3D000'
const READ_ONLY_TRANSACTION = '25006'
const NO_PRIVILEGE = '42501'
const NO_SUCH_SCHEMA = '3F000'
const NO_SUCH_TABLE = '42P01'
const NO_SUCH_COLUMN = '42703'
