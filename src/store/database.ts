import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import PQueue from 'p-queue'
import { codeOf } from './refused.ts'
import type { Schema } from './schema.ts'

/** How long a query waits for another process that is writing. */
const PATIENCE_MS = 15_000

/** Transactions in the order in which they were asked for. A query inside awaits nothing but its own queries. */
export interface Records {
  /** All queries inside see the records of one moment. */
  read<T>(query: (trx: Transaction<Schema>) => Promise<T>): Promise<T>
  /** All or nothing, and on disk when the promise resolves. */
  write<T>(query: (trx: Transaction<Schema>) => Promise<T>): Promise<T>
  /** After what is under way. */
  close(): Promise<void>
}

export function recordsIn(database: Kysely<Schema>): Records {
  // One at a time: when another process writes, one transaction asks again and the others wait behind it.
  const turns = new PQueue({ concurrency: 1 })
  return {
    read: query =>
      turns.add(() => whenFree(() => database.transaction().setAccessMode('read only').execute(query))),
    write: query => turns.add(() => whenFree(() => database.transaction().execute(query))),
    close: () => turns.add(() => database.destroy()),
  }
}

/** Tries again while another process holds the database, without blocking this one; after 15 s the error goes on. */
export async function whenFree<T>(attempt: () => T | Promise<T>): Promise<T> {
  for (let waitedMs = 0, pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    try {
      return await attempt()
    } catch (error) {
      if (!codeOf(error).startsWith('SQLITE_BUSY') || waitedMs >= PATIENCE_MS) throw error
      await sleep(pauseMs)
      waitedMs += pauseMs
    }
  }
}

export type Counter = 'sequence' | 'fence' | 'audit' | 'hold'

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
