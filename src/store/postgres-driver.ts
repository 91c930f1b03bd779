import type { DatabaseConnection, Driver, QueryResult, TransactionSettings } from 'kysely'
import { CompiledQuery } from 'kysely'
import pg from 'pg'
import { OutcomeUnknown } from '../ports/store.ts'
import { whilePassing } from './database.ts'

/**
 * Longer than any query of ours takes: whoever waits that long for a row waits for a process that is not there. Set inside
 * each transaction, for a pooler gives the session to others after it.
 */
const LIMITS =
  "SET LOCAL lock_timeout = '15s'; SET LOCAL statement_timeout = '20s'; SET LOCAL idle_in_transaction_session_timeout = '10s'"
/** What each query sees is committed; who must come one after the other meets at a counter's or the deployment's own row. */
const BEGIN_WRITE = `BEGIN ISOLATION LEVEL READ COMMITTED; ${LIMITS}`
/** All queries see the records of one moment. */
const BEGIN_READ = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${LIMITS}`

/**
 * Transactions over pg's pool. Nothing is left in a session: no prepared statement has a name, no setting outlives its
 * transaction.
 */
export class PostgresDriver implements Driver {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
    // A connection that breaks, idle or not, says so by an event that would end the process; its next query fails, too.
    pool.on('error', () => {})
    pool.on('connect', client => void client.on('error', () => {}))
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    try {
      return new PooledConnection(await this.#pool.connect())
    } catch (error) {
      return rethrow(error)
    }
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const begin = settings.accessMode === 'read only' ? BEGIN_READ : BEGIN_WRITE
    await connection.executeQuery(CompiledQuery.raw(begin))
  }

  /** A link that is cut now leaves open whether it was committed; the server knows. */
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const { rows } = await connection.executeQuery<{ id: string | null }>(
      CompiledQuery.raw('SELECT pg_current_xact_id_if_assigned()::text AS id'),
    )
    try {
      await connection.executeQuery(CompiledQuery.raw('COMMIT'))
    } catch (error) {
      const id = rows[0]?.id
      if (!id || !(error instanceof LinkLost)) throw error
      const isCommitted = await whilePassing(isPassing, () => this.#isCommitted(id)).catch(cause => {
        // Not to be tried again: it may be there already.
        throw new OutcomeUnknown(unknownText(error), { cause })
      })
      if (!isCommitted) throw error
    }
  }

  async #isCommitted(id: string): Promise<boolean> {
    const query = 'SELECT pg_xact_status($1::xid8) AS status'
    const { rows } = await this.#pool.query<{ status: string | null }>(query, [id]).catch(rethrow)
    const status = rows[0]?.status
    // A server that has not yet found out that the link is cut.
    if (status === 'in progress') throw new LinkLost('the transaction is still open', undefined)
    if (status === 'committed' || status === 'aborted') return status === 'committed'
    throw new Error(`the server says ${status ?? 'nothing'}`)
  }

  /** On a connection that broke the server has rolled back by itself. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('ROLLBACK')).catch(() => {})
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    if (connection instanceof PooledConnection) connection.release()
  }

  async destroy(): Promise<void> {
    await this.#pool.end()
  }
}

class PooledConnection implements DatabaseConnection {
  readonly #client: pg.PoolClient
  #isBroken = false

  constructor(client: pg.PoolClient) {
    this.#client = client
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    try {
      // Without values it goes by the simple protocol, which takes several statements at once.
      const found = await this.#client.query(sql, [...parameters])
      return { rows: found.rows ?? [], numAffectedRows: BigInt(found.rowCount ?? 0) }
    } catch (error) {
      return rethrow(error, () => {
        this.#isBroken = true
      })
    }
  }

  // biome-ignore lint/correctness/useYield: part of Kysely's interface, and nothing of ours streams.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Nothing is streamed from the records.')
  }

  release(): void {
    this.#client.release(this.#isBroken)
  }
}

function unknownText({ message }: LinkLost): string {
  return `the link to the records was cut while they were written (${message}), and the server could not be asked`
}

/** The server cannot be heard. What it had not committed is rolled back. */
export class LinkLost extends Error {
  override readonly name = 'LinkLost'
  /** SQLSTATE or the system's code, if any. */
  readonly code: string | undefined

  constructor(message: string, code: string | undefined) {
    super(message)
    this.code = code
  }
}

/** Server and bot do not agree on TLS or on a password: another try ends the same way. */
export class NotLetIn extends Error {
  override readonly name = 'NotLetIn'
}

/** The server rolled back for another transaction's sake, or cannot be reached now. */
export function isPassing(error: unknown): boolean {
  return error instanceof LinkLost || [SERIALIZATION_FAILURE, DEADLOCK].includes(codeIn(error) ?? '')
}

const SERIALIZATION_FAILURE = '40001'
const DEADLOCK = '40P01'
/** Classes and states by which the server ends the connection, or takes none now: lost, shut down, idle for too long, too many. */
const LINK_STATES = /^(?:08...|57P0[1235]|25P0[34]|53300)$/
/** What pg and node say of TLS and SASL, and of a certificate's file. They have no code in common. */
const NOT_LET_IN =
  /^SASL|does not support SSL|certificate|altnames|SSL routines|^E[A-Z]+: .*, (?:open|read)\b/i

/** Errors of pg: those that are not the server's verdict on a query are of the link. Kept is no more than text and code. */
function rethrow(error: unknown, onLost = () => {}): never {
  const isVerdict = error instanceof pg.DatabaseError && !LINK_STATES.test(error.code ?? '')
  if (isVerdict) throw error
  onLost()
  const text = textOf(error)
  throw NOT_LET_IN.test(text) ? new NotLetIn(text) : new LinkLost(text, codeIn(error))
}

/** Where a name has several addresses, the text is in what each of them said. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

function codeIn(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
