import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Instance } from '../../src/store/instance.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { handClock, host, newDeployment } from '../contract/orders.ts'
import { said } from '../stories/bot.ts'
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
  expect((await database.query("SELECT held_until > 0 AS held FROM leases WHERE name = 'bot'"))[0]).toEqual({
    held: true,
  })
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

test('whose clock was set back lets the next one in all the same, and never one beside it that lives', async () => {
  await held(one)
  clock.forward(-3_600_000)
  expect(await askedWhileRenewed(two)).toBe('taken')
  vi.clearAllTimers()
  let isWaiting = false
  const asking = two.holdInstance('bot:2', () => {
    isWaiting = true
  })
  await vi.waitUntil(() => isWaiting)
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + LEASE_MS)
  expect(await asking).not.toBe('taken')
  vi.restoreAllMocks()
})

describe('a bot that another one has taken over from, and does not know it', () => {
  beforeEach(async () => {
    await one.create(newDeployment('d1'))
    await one.create(newDeployment('d2', { service: 'b', hosts: [host('b')] }))
    const instance = await held(one)
    clock.forward(LEASE_MS + 1)
    await held(two)
    lost = instance.lost
    await two.claim('d1', 'bot:2')
  })
  let lost: Promise<void>

  test.each<[string, () => Promise<unknown>]>([
    ['takes nothing up that the other one runs', () => one.resume('d1', 'bot:1')],
    ['begins nothing', () => one.claim('d2', 'bot:1')],
    ['accepts no command', () => one.accept(said('help'))],
  ])('%s, and learns it then', async (_, act) => {
    await expect(act()).rejects.toThrow('another touchdown has taken over')
    await lost
    expect(await two.orphans('bot:2')).toEqual([])
    expect(await two.unsettled()).toEqual([])
    expect((await two.find('d2'))?.status).toBe('queued')
  })
})

test('a terminal leaves what a bot has claimed to the bot, for as long as there is one', async () => {
  const bot = await held(one)
  await one.create(newDeployment('d1'))
  await one.claim('d1', 'bot:1')
  clock.forward(LEASE_MS + 1)
  await renewed()
  expect(await two.orphans('cli:alice')).toEqual([])
  expect(await two.resume('d1', 'cli:alice')).toBeUndefined()
  await bot.release()
  expect((await two.orphans('cli:alice')).map(({ id }) => id)).toEqual(['d1'])
})

async function held(store: OpenStore, owner = store === one ? 'bot:1' : 'bot:2'): Promise<Instance> {
  const instance = await store.holdInstance(owner)
  if (instance === 'taken') throw new Error('Another one holds it.')
  return instance
}

/** Renewed as often as it takes until the one that asks has seen it twice. */
async function askedWhileRenewed(store: OpenStore): Promise<Instance | 'taken'> {
  let answer: Instance | 'taken' | undefined
  const asking = store.holdInstance('bot:2').then(given => {
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
    async () =>
      Number(
        (await database.query("SELECT held_until FROM leases WHERE name = 'bot'"))[0]?.['held_until'],
      ) === until,
    { timeout: 15_000 },
  )
}
