import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Instance } from '../../src/store/instance.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { handClock } from '../contract/orders.ts'
import { type Database, freshDatabase } from './databases.ts'

const RENEWAL_MS = 4_000
const LEASE_MS = 15_000

let database: Database
let clock: ReturnType<typeof handClock>
let one: OpenStore
let two: OpenStore
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  database = await freshDatabase()
  clock = handClock()
  one = await database.open(clock)
  two = await database.open(clock)
})
afterEach(async () => {
  vi.useRealTimers()
  await one.close()
  await two.close()
  await database.remove()
})

test('F3: one bot at a time holds the database; one that lives is not waited for', async () => {
  await held(one)
  expect(await askedWhileRenewed(two)).toBe('taken')
})

test('a bot that ended lets the next one in at once', async () => {
  const instance = await held(one)
  await instance.release()
  await held(two)
})

test('a bot that died lets the next one in when its lease is over, and learns it when it was only paused', async () => {
  const paused = await held(one)
  const asking = held(two)
  clock.forward(LEASE_MS + 1)
  await asking
  vi.advanceTimersByTime(RENEWAL_MS)
  await paused.lost
  await paused.release()
  expect((await database.query('SELECT held_until > 0 AS held FROM leases'))[0]).toEqual({ held: true })
})

test('a lease that nobody else has taken is renewed, however late', async () => {
  const instance = await held(one)
  let isLost = false
  void instance.lost.then(() => {
    isLost = true
  })
  clock.forward(LEASE_MS + 1)
  await renewed()
  expect(await askedWhileRenewed(two)).toBe('taken')
  expect(isLost).toBe(false)
})

async function held(store: OpenStore): Promise<Instance> {
  const instance = await store.holdInstance()
  if (instance === 'taken') throw new Error('Another one holds it.')
  return instance
}

/** Renewed as often as it takes until the one that asks has seen it twice. */
async function askedWhileRenewed(store: OpenStore): Promise<Instance | 'taken'> {
  let answer: Instance | 'taken' | undefined
  const asking = store.holdInstance().then(given => {
    answer = given
  })
  while (answer === undefined) await renewed()
  await asking
  return answer
}

async function renewed(): Promise<void> {
  clock.forward(RENEWAL_MS)
  const until = clock.now() + LEASE_MS
  vi.advanceTimersByTime(RENEWAL_MS)
  await vi.waitUntil(
    async () => Number((await database.query('SELECT held_until FROM leases'))[0]?.['held_until']) === until,
    { timeout: 15_000 },
  )
}
