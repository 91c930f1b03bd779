import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { DeploymentEvent } from '../../src/event.ts'
import { LEASE_MS } from '../../src/ports/store.ts'
import { runDeployment } from '../../src/run/deploy.ts'
import { openLanes } from '../../src/run/lanes.ts'
import { resumeUnfinished } from '../../src/run/recovery.ts'
import { type Scheduler, startScheduler } from '../../src/run/scheduler.ts'
import { NEVER } from '../../src/run/stop.ts'
import { fetchQueue, type World } from '../../src/run/world.ts'
import { openStore } from '../../src/store/store.ts'
import { host, newDeployment } from '../contract/orders.ts'
import { fakeHosts } from '../fakes/hosts.ts'
import { testFolder } from '../folder.ts'
import { OLD } from '../plan/orders.ts'

async function aWorld(now: () => number = () => Date.now()): Promise<World> {
  const clock = { now, monotonic: () => performance.now() }
  const file = join(testFolder('scheduler'), 'touchdown.db')
  const store = await openStore({ file, clock, newId: () => 'i1' })
  onTestFinished(() => store.close())
  return {
    store,
    hosts: fakeHosts(OLD),
    teller: { tell: () => {} },
    clock,
    secretOf: () => undefined,
    secrets: [],
    fetches: fetchQueue(),
    lanes: openLanes(),
    stop: NEVER,
    problem: (what, error) => {
      throw new Error(what, { cause: error })
    },
  }
}

/** Until one of those that it begins has ended. */
async function untilEnd(world: World, start: (world: World) => Scheduler): Promise<void> {
  let ended = () => {}
  const end = new Promise<void>(resolve => {
    ended = resolve
  })
  const tell = (_: unknown, event: DeploymentEvent) => event.kind === 'ended' && ended()
  const scheduler = start({ ...world, teller: { tell } })
  scheduler.wake()
  await end
  await scheduler.drain()
}

it('who waits where is told by the one bot that tells, and not by another nor by a terminal beside it', async () => {
  const world = await aWorld()
  for (const id of ['d1', 'd2']) await world.store.create(newDeployment(id))
  await world.store.claim('d1', 'bot:1')
  const told = async () => (await world.store.events('d2')).map(({ event }) => event)
  async function lookOnce(scheduler: Scheduler): Promise<void> {
    scheduler.wake()
    await scheduler.drain()
  }
  await lookOnce(startScheduler(world, 'cli:alice', ({ id }) => id === 'd2'))
  await lookOnce(startScheduler(world, 'bot:2', undefined, { tellsPositions: () => false }))
  expect(await told()).toEqual([])
  await lookOnce(startScheduler(world, 'bot:1'))
  expect(await told()).toEqual([{ kind: 'queued', position: 1, behind: ['app (d1)'] }])
})

it('a terminal starts nothing but its own, a bot starts all', async () => {
  const world = await aWorld()
  for (const id of ['d1', 'd2']) await world.store.create(newDeployment(id, { service: id, hosts: [] }))
  const states = async () =>
    (await world.store.history({ service: undefined, limit: 2 })).map(at => at.status)
  await untilEnd(world, told => startScheduler(told, 'cli:alice', ({ id }) => id === 'd2'))
  expect(await states()).toEqual(['succeeded', 'queued'])
  await untilEnd(world, told => startScheduler(told, 'bot:1'))
  expect(await states()).toEqual(['succeeded', 'succeeded'])
})

it('what still runs while nothing more is started stays its own: the lease is renewed until it has ended', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const world = await aWorld()
  let release = () => {}
  const held = new Promise<undefined>(resolve => {
    release = () => resolve(undefined)
  })
  let renewed = () => {}
  const renewal = new Promise<void>(resolve => {
    renewed = resolve
  })
  let now = 0
  const clock = { ...world.clock, monotonic: () => now }
  const store: World['store'] = {
    ...world.store,
    renew: async (_, ids) => {
      renewed()
      return ids
    },
  }
  const slow: World = { ...world, clock, store, hosts: fakeHosts(OLD, () => held) }
  const scheduler = startScheduler(slow, 'bot:1')
  await store.create(newDeployment('d1'))
  await store.create(newDeployment('d2', { service: 'b', hosts: [host('web2')] }))
  const claimed = await store.claim('d1', 'bot:1')
  if (claimed) scheduler.run(claimed, record => runDeployment(slow, claimed, record))
  const drained = scheduler.drain()
  now += 4_000
  vi.advanceTimersByTime(1_000)
  await renewal
  release()
  await drained
  expect((await store.find('d1'))?.endedAt).toBeDefined()
  expect((await store.find('d2'))?.status).toBe('queued')
  expect(vi.getTimerCount()).toBe(0)
})

describe('what somebody had to approve', () => {
  const approval = { hash: 'h1', expiresInMs: 60_000, approvers: ['U02BOB'], rehearsals: [] }

  async function approvedIn(world: World): Promise<void> {
    await world.store.create({ ...newDeployment('d1', { hosts: [] }), approval })
    await world.store.decide('d1', { kind: 'approved', by: 'U02BOB', ahead: undefined }, 'press')
  }
  async function lookOnce(scheduler: Scheduler): Promise<void> {
    scheduler.wake()
    await scheduler.drain()
  }

  it('is begun by nobody who cannot look whether it still may', async () => {
    const world = await aWorld()
    await approvedIn(world)
    // It would be begun before this one.
    await world.store.create(newDeployment('d2', { service: 'other', hosts: [] }))
    await untilEnd(world, told => startScheduler(told, 'cli:alice'))
    expect((await world.store.find('d1'))?.status).toBe('queued')
  })

  it('is left to a bot by whoever cannot look, when the one that was about to look has died', async () => {
    let now = Date.now()
    const world = await aWorld(() => now)
    await approvedIn(world)
    await world.store.claim('d1', 'bot:dead')
    now += LEASE_MS + 1
    const scheduler = startScheduler(world, 'cli:alice')
    await resumeUnfinished(world, scheduler)
    await scheduler.drain()
    expect(await world.store.find('d1')).toMatchObject({ status: 'running', resumes: 0 })
  })

  it('is given up when that look fails: a missing answer means no', async () => {
    const problems: string[] = []
    const world = { ...(await aWorld()), problem: (what: string) => void problems.push(what) }
    await approvedIn(world)
    const look = () => Promise.reject(new Error('a fault of ours'))
    await untilEnd(world, told => startScheduler(told, 'bot:1', undefined, { voidBecause: look }))
    expect((await world.store.find('d1'))?.status).toBe('void')
    expect((await world.store.events('d1')).map(({ event }) => event).slice(-2)).toMatchObject([
      { kind: 'void', why: { kind: 'unchecked', detail: 'Error: a fault of ours' } },
      { kind: 'ended', ending: 'void' },
    ])
    expect(problems).toEqual(['whether deployment d1 may begin could not be found out'])
  })

  it('is not looked at again once it had begun: a restart brings it to its end', async () => {
    const world = await aWorld()
    await approvedIn(world)
    const claimed = await world.store.claim('d1', 'bot:1')
    await world.store.append('d1', { kind: 'started', fence: claimed?.fence ?? 0 }, claimed?.fence)
    const look = vi.fn(async () => ({ kind: 'config-changed' }) as const)
    const scheduler = startScheduler(world, 'bot:1', undefined, { voidBecause: look })
    if (claimed) scheduler.run(claimed, record => runDeployment(world, claimed, record))
    await scheduler.drain()
    expect((await world.store.find('d1'))?.status).toBe('succeeded')
    expect(look).not.toHaveBeenCalled()
  })

  it('is not looked at again either once it was taken up: the bot that died may have changed hosts', async () => {
    const world = await aWorld()
    await approvedIn(world)
    await world.store.claim('d1', 'bot:1')
    const taken = await world.store.resume('d1', 'bot:2')
    await world.store.append('d1', { kind: 'resumed', fence: taken?.fence ?? 0, found: [] }, taken?.fence)
    const look = vi.fn(async () => ({ kind: 'unchecked', detail: 'no answer' }) as const)
    const scheduler = startScheduler(world, 'bot:3', undefined, { voidBecause: look })
    await resumeUnfinished(world, scheduler)
    await scheduler.drain()
    expect((await world.store.find('d1'))?.status).toBe('succeeded')
    expect(look).not.toHaveBeenCalled()
  })

  it('is given up in one moment: no bot that dies leaves what it gave up to the next one', async () => {
    const world = await aWorld()
    await approvedIn(world)
    const { append } = world.store
    const told: string[] = []
    const dying: World = {
      ...world,
      // Whatever it would write after the first word.
      store: {
        ...world.store,
        append: async (id, event, fence) => event.kind !== 'ended' && append(id, event, fence),
      },
      teller: { tell: (_, { kind }) => void told.push(kind) },
    }
    const scheduler = startScheduler(dying, 'bot:1', undefined, {
      voidBecause: async () => ({ kind: 'config-changed' }),
    })
    const claimed = await world.store.claim('d1', 'bot:1')
    if (claimed) scheduler.run(claimed, record => runDeployment(dying, claimed, record))
    await scheduler.drain()
    expect((await world.store.find('d1'))?.status).toBe('void')
    expect(told).toEqual(['void', 'ended'])
  })

  it('is given up by and by when that cannot be recorded at once, and begins nothing', async () => {
    const problems: string[] = []
    const world = { ...(await aWorld()), problem: (what: string) => void problems.push(what) }
    await approvedIn(world)
    const giveUp = vi.fn(world.store.giveUp).mockRejectedValueOnce(new Error('disk full'))
    const full = { ...world, store: { ...world.store, giveUp } }
    await untilEnd(full, told =>
      startScheduler(told, 'bot:1', undefined, { voidBecause: async () => ({ kind: 'config-changed' }) }),
    )
    expect((await world.store.find('d1'))?.status).toBe('void')
    expect((await world.store.events('d1')).map(({ event }) => event.kind)).not.toContain('started')
    expect(problems).toEqual(['what deployment d1 did cannot be recorded now'])
  })

  it('ends when its time is over, and is told once', async () => {
    let now = Date.now()
    const told: string[] = []
    const world = {
      ...(await aWorld(() => now)),
      teller: { tell: (_: unknown, { kind }: DeploymentEvent) => told.push(kind) },
    }
    await world.store.create({ ...newDeployment('d1', { hosts: [] }), approval })
    await lookOnce(startScheduler(world, 'bot:1'))
    expect(told).toEqual([])
    now += 60_000
    await Promise.all([
      lookOnce(startScheduler(world, 'bot:1')),
      lookOnce(startScheduler(world, 'cli:alice')),
    ])
    expect(told).toEqual(['ended'])
    expect((await world.store.find('d1'))?.status).toBe('expired')
  })
})
