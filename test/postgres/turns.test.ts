import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Clock } from '../../src/ports/clock.ts'
import type { Told, Turn, Turns } from '../../src/ports/messages.ts'
import { type OpenStore, openSharedStore } from '../../src/store/store.ts'
import { handClock, newDeployment } from '../contract/orders.ts'
import { type Cable, cabled } from './cable.ts'
import { type Database, freshDatabase } from './databases.ts'

const LEASE_MS = 15_000
const CALL_MS = 10_000

let database: Database
let clock: ReturnType<typeof handClock>
beforeEach(async () => {
  database = await freshDatabase()
  onTestFinished(() => database.remove())
  clock = handClock()
})

test('one process tells; when it lets go, the one that looks gets it, and what was its is its no more', async () => {
  const one = asks(await opened())
  const first = await one.turn()
  const two = asks(await opened())
  await first.save(told(1))
  await one.turns.release()
  await first.over
  two.turns.look()
  await (await two.turn()).save(told(2))
  await expect(first.save(told(3))).rejects.toThrow('another touchdown tells Slack now')
  expect(await first.mayCall(0)).toBe(false)
})

test('one that died is waited for until its lease is over', async () => {
  const { cable, store } = await farStore()
  const dead = asks(store)
  await dead.turn()
  cable.cut()
  const { own, looked } = countedClock()
  const two = asks(await opened(own))
  clock.forward(LEASE_MS)
  await looked(two.turns)
  expect(two.has()).toBe(false)
  clock.forward(1)
  two.turns.look()
  await two.turn()
})

test('no call begins that could outlive the lease: one that could not renew waits until it has', async () => {
  const { cable, store } = await farStore()
  const turn = await asks(store).turn()
  expect(await turn.mayCall(CALL_MS)).toBe(true)
  cable.cut()
  clock.forward(LEASE_MS - CALL_MS + 1)
  let may: boolean | undefined
  const asked = turn.mayCall(CALL_MS).then(answer => {
    may = answer
  })
  expect(await turn.mayCall(CALL_MS - 1)).toBe(true)
  expect(may).toBeUndefined()
  cable.mend()
  await asked
  expect(may).toBe(true)
}, 40_000)

test('one that was stopped for longer than its lease asks before it calls, and learns that another one tells', async () => {
  const { cable, store } = await farStore()
  const paused = asks(store)
  const turn = await paused.turn()
  cable.hush()
  clock.forward(LEASE_MS + 1)
  const two = asks(await opened())
  await two.turn()
  cable.mend()
  expect(await turn.mayCall(CALL_MS)).toBe(false)
  await turn.over
  await two.turns.release()
  paused.turns.look()
  const again = await paused.turn()
  // Of a call that was under way all that time nothing is recorded now.
  await expect(turn.save(told(1))).rejects.toThrow('another touchdown')
  await again.save(told(2))
}, 40_000)

test('a machine that slept knows it by its wall clock', async () => {
  const asleep = { now: clock.now, monotonic: () => 0 }
  const turn = await asks(await opened(asleep)).turn()
  clock.forward(LEASE_MS)
  let may = false
  void turn.mayCall(CALL_MS).then(() => {
    may = true
  })
  await Promise.resolve()
  expect(may).toBe(false)
})

describe('a server whose clock is set', () => {
  test('back keeps nobody from what a dead one had', async () => {
    const { cable, store } = await farStore()
    await asks(store).turn()
    cable.cut()
    const server = handClock(clock.now() - 3_600_000)
    const { own, looked } = countedClock(server)
    const two = asks(await opened(own))
    await looked(two.turns)
    clock.forward(LEASE_MS)
    await looked(two.turns)
    expect(two.has()).toBe(false)
    clock.forward(1)
    two.turns.look()
    await two.turn()
  })

  test('forward lets another one in, and the one that lives says no more what Slack shows', async () => {
    const turn = await asks(await opened()).turn()
    const server = handClock(clock.now() + 3_600_000)
    const two = await asks(await opened({ now: server.now, monotonic: clock.monotonic })).turn()
    await expect(turn.save(told(1))).rejects.toThrow('another touchdown')
    await two.save(told(2))
  })
})

/** Counts how often it is asked: each look begins so. */
function countedClock(server: Pick<Clock, 'now'> = clock) {
  let times = 0
  const own: Clock = {
    now: server.now,
    monotonic: () => {
      times += 1
      return clock.monotonic()
    },
  }
  /** Resolves when a look that begins from now on has ended. */
  async function looked(turns: Turns): Promise<void> {
    const before = times
    await vi.waitUntil(() => {
      turns.look()
      // The first look asks twice.
      return times >= before + 3
    })
  }
  return { own, looked }
}

interface Asking {
  readonly turns: Turns
  has(): boolean
  /** The next one that it gets, or the one that it has. */
  turn(): Promise<Turn>
}

let asked = 0
function asks(store: OpenStore): Asking {
  const got: Turn[] = []
  let waiting: ((turn: Turn) => void)[] = []
  const turns = store.messages.takeTurns(`bot:${++asked}`, turn => {
    got.push(turn)
    for (const resolve of waiting) resolve(turn)
    waiting = []
    void turn.over.then(() => got.splice(got.indexOf(turn), 1))
  })
  onTestFinished(turns.release)
  return {
    turns,
    has: () => got.length > 0,
    turn: () => new Promise(resolve => (got[0] ? resolve(got[0]) : void waiting.push(resolve))),
  }
}

async function opened(own: Clock = clock): Promise<OpenStore> {
  const store = await database.open(own)
  onTestFinished(() => store.close())
  await store.create(newDeployment('d1'))
  return store
}

async function farStore(): Promise<{ cable: Cable; store: OpenStore }> {
  const { cable, place } = await cabled(database)
  const store = await openSharedStore({ place, clock, newId: () => 'i1' })
  onTestFinished(async () => {
    cable.mend()
    await store.close()
    cable.close()
  }, 60_000)
  await store.create(newDeployment('d1'))
  return { cable, store }
}

function told(lines: number): Told {
  return {
    deployment: 'd1',
    channel: 'C01GEN',
    parent: '1.0',
    lines,
    final: false,
    reposted: false,
    barred: [],
    done: false,
  }
}
