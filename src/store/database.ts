import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import PQueue from 'p-queue'
import type { Schema } from './schema.ts'
import { writeWithin } from './urgent.ts'

/** How long a query waits for another process that is writing, or for a server that comes back. */
const PATIENCE_MS = 15_000

/** A query inside awaits nothing but its own queries. */
export interface Records {
  /** All queries inside see the records of one moment. */
  read<T>(query: (trx: Transaction<Schema>) => Promise<T>): Promise<T>
  /** All or nothing, and on disk when the promise resolves. */
  write<T>(query: (trx: Transaction<Schema>) => Promise<T>): Promise<T>
  /**
   * The same for what cannot wait: ahead of all others, and answered after this time at the latest. Rejects with OutcomeUnknown when
   * it was just being committed then; else nothing was written, nor will be.
   */
  writeWithin<T>(ms: number, query: (trx: Transaction<Schema>) => Promise<T>): Promise<T>
  /** Milliseconds since 1970, by one clock for all who share the records. */
  now(trx: Transaction<Schema>): Promise<number>
  /** After what was asked for before; nothing more is taken, so whoever asks again and again holds nobody up. */
  close(): Promise<void>
}

/** What one kind of database does in its own way. */
export interface Ways {
  /** So many transactions of this process; the others wait in the order in which they were asked for. */
  readonly atOnce: number
  readonly now: Records['now']
  /** Nothing was written, and another try may go well. */
  readonly isPassing: (error: unknown) => boolean
}

export function recordsIn(database: Kysely<Schema>, { atOnce, now, isPassing }: Ways): Records {
  const turns = new PQueue({ concurrency: atOnce })
  // What hangs on a dead link keeps its turn for long. A single connection has no room beside it.
  const urgent = atOnce === 1 ? turns : new PQueue()
  let isClosed = false
  async function taken<T>(ask: () => Promise<T>): Promise<T> {
    if (isClosed) throw new Error('the records are closed')
    return ask()
  }
  const inTurn = <T>(attempt: () => Promise<T>) =>
    taken(() => turns.add(() => whilePassing(isPassing, attempt)))
  return {
    read: query => inTurn(() => database.transaction().setAccessMode('read only').execute(query)),
    write: query => inTurn(() => database.transaction().execute(query)),
    writeWithin: (ms, query) => taken(() => writeWithin(ms, { database, turns: urgent, isPassing }, query)),
    now,
    close: async () => {
      isClosed = true
      await Promise.all([turns.onIdle(), urgent.onIdle()])
      await database.destroy()
    },
  }
}

/** Tries again without blocking this process; after 15 s the error goes on. */
export async function whilePassing<T>(
  isPassing: Ways['isPassing'],
  attempt: () => T | Promise<T>,
): Promise<T> {
  const began = performance.now()
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    try {
      return await attempt()
    } catch (error) {
      if (!isPassing(error) || performance.now() - began >= PATIENCE_MS) throw error
      await sleep(pauseMs)
    }
  }
}

export type Counter = 'sequence' | 'fence' | 'audit' | 'hold' | 'cancel'

/**
 * The counter's next number. Its row stays locked until the transaction commits, so that numbers become visible in
 * their order: whoever sees number 8 sees all that came before.
 */
export async function draw(trx: Transaction<Schema>, counter: Counter): Promise<number> {
  const { value } = await trx
    .updateTable('counters')
    .set(eb => ({ value: eb('value', '+', 1) }))
    .where('name', '=', counter)
    .returning('value')
    .executeTakeFirstOrThrow()
  return value
}
