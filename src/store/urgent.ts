import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import type PQueue from 'p-queue'
import { OutcomeUnknown } from '../ports/store.ts'
import { whilePassing } from './database.ts'
import type { Schema } from './schema.ts'

/** `Records.writeWithin`: in these turns, before all others. */
export async function writeWithin<T>(
  ms: number,
  parts: {
    readonly database: Kysely<Schema>
    readonly turns: PQueue
    readonly isPassing: (error: unknown) => boolean
  },
  query: (trx: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  const { database, turns, isPassing } = parts
  const overAt = performance.now() + ms
  const isOver = () => performance.now() >= overAt
  let isCommitting = false
  let said = ''

  function attempt(): Promise<T> {
    return database.transaction().execute(async trx => {
      const result = await query(trx)
      if (isOver()) throw late()
      isCommitting = true
      return result
    })
  }

  function mayTryAgain(error: unknown): boolean {
    if (!isPassing(error)) return false
    isCommitting = false
    said = error instanceof Error ? ` (${error.message})` : ''
    return !isOver()
  }

  function late(): Error {
    const text = `the records did not answer within ${ms / 1_000} s${said}`
    return isCommitting ? new OutcomeUnknown(text) : new Error(text)
  }

  const writing = turns
    .add(() => whilePassing(mayTryAgain, attempt), { priority: 1 })
    .catch(error => {
      throw isPassing(error) ? late() : error
    })
  const done = new AbortController()
  const timeUp = sleep(ms, undefined, { signal: done.signal }).then(() => {
    throw late()
  })
  return Promise.race([writing, timeUp]).finally(() => done.abort())
}
