import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { OpenStore } from '../../src/store/store.ts'
import { handClock, newDeployment } from '../contract/orders.ts'
import { type Database, freshDatabase } from './databases.ts'

const HOUR_MS = 3_600_000
const LEASE_MS = 15_000

let database: Database
let clock: ReturnType<typeof handClock>
let one: OpenStore
let two: OpenStore
beforeEach(async () => {
  database = await freshDatabase()
  clock = handClock()
  one = await database.open(clock)
  two = await database.open(clock)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await one.close()
  await two.close()
  await database.remove()
})

const orphans = async (owner: string) => (await two.orphans(owner)).map(({ id }) => id)

/** By our own clock, which never jumps: so long since the test began. */
function pass(ms: number): void {
  vi.restoreAllMocks()
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + ms)
}

describe('two bots on one database', () => {
  beforeEach(async () => {
    await one.create(newDeployment('d1'))
    await one.claim('d1', 'bot:1')
  })

  test('what one runs the other leaves alone, until its lease is over', async () => {
    expect(await orphans('bot:2')).toEqual([])
    expect(await two.resume('d1', 'bot:2')).toBeUndefined()
    clock.forward(LEASE_MS + 1)
    expect(await orphans('bot:2')).toEqual(['d1'])
    expect((await two.resume('d1', 'bot:2'))?.fence).toBe(2)
  })

  test('a server whose clock is set forward gives away what is alive: whoever had it learns it, and records nothing', async () => {
    clock.forward(HOUR_MS)
    const taken = await two.resume('d1', 'bot:2')
    expect(taken?.fence).toBe(2)
    expect(await one.renew('bot:1', ['d1'])).toEqual([])
    expect(await one.append('d1', { kind: 'started', fence: 1 }, 1)).toBe(false)
    expect(await two.append('d1', { kind: 'resumed', fence: 2, found: [] }, 2)).toBe(true)
  })

  test('a server whose clock is set back keeps no dead bot’s claim: what has not changed for a lease is over', async () => {
    clock.forward(-HOUR_MS)
    expect(await orphans('bot:2')).toEqual([])
    expect(await two.resume('d1', 'bot:2')).toBeUndefined()
    pass(LEASE_MS + 1)
    expect(await orphans('bot:2')).toEqual(['d1'])
    expect((await two.resume('d1', 'bot:2'))?.fence).toBe(2)
  })

  test('what a bot runs a terminal leaves to the bots for as long as there is one, which tells Slack', async () => {
    clock.forward(LEASE_MS + 1)
    await database.query(`UPDATE leases SET held_until = ${clock.now()}`)
    expect(await orphans('cli:alice')).toEqual([])
    expect(await two.resume('d1', 'cli:alice')).toBeUndefined()
    clock.forward(1)
    pass(LEASE_MS + 1)
    expect(await orphans('cli:alice')).toEqual(['d1'])
  })

  test('what the only bot hands over a terminal that waits leaves to the next one, for a lease', async () => {
    expect(await orphans('cli:alice')).toEqual([])
    pass(LEASE_MS - 1_000)
    await one.release('bot:1')
    await database.query('UPDATE leases SET held_until = 0')
    expect(await orphans('cli:alice')).toEqual([])
    expect(await two.resume('d1', 'cli:alice')).toBeUndefined()
    pass(2 * LEASE_MS)
    expect(await orphans('cli:alice')).toEqual(['d1'])
    expect((await two.resume('d1', 'cli:alice'))?.fence).toBe(2)
  })

  test('nor gives away a living one’s, which changes', async () => {
    clock.forward(-HOUR_MS)
    expect(await orphans('bot:2')).toEqual([])
    await one.renew('bot:1', ['d1'])
    pass(LEASE_MS + 1)
    expect(await orphans('bot:2')).toEqual([])
    expect(await two.resume('d1', 'bot:2')).toBeUndefined()
  })
})
