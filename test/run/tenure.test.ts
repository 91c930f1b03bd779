import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import type { DeploymentEvent } from '../../src/event.ts'
import type { HostSession } from '../../src/ports/hosts.ts'
import type { Store } from '../../src/ports/store.ts'
import { openLanes } from '../../src/run/lanes.ts'
import { resumeUnfinished } from '../../src/run/recovery.ts'
import { startScheduler } from '../../src/run/scheduler.ts'
import { NEVER } from '../../src/run/stop.ts'
import { fetchQueue, type World } from '../../src/run/world.ts'
import type { Step } from '../../src/step.ts'
import { openStore } from '../../src/store/store.ts'
import { newDeployment } from '../contract/orders.ts'
import { fakeHosts } from '../fakes/hosts.ts'
import { testFolder } from '../folder.ts'
import { HOST, OLD, order } from '../plan/orders.ts'
import { gate } from './running.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
})

/**
 * `d1` runs on web1 and web2; the step `at` of web1, which is the canary, is held until it is let go. Time passes by hand, for
 * leases alone. `end`: how that step ends at first.
 */
async function atStep(at: string, change: (store: Store) => Partial<Store> = () => ({}), end?: 'lost') {
  const file = join(testFolder('tenure'), 'touchdown.db')
  const clock = { now: () => Date.now(), monotonic: () => now }
  let now = 0
  const records = await openStore({ file, clock, newId: () => 'i1' })
  onTestFinished(() => records.close())
  const store: Store = { ...records, isShared: true, ...change(records) }
  const [reached, released] = [gate(), gate()]
  let isReached = false
  const steps: string[] = []
  const closed: string[] = []
  const fakes = fakeHosts(OLD, async ({ name }, step: Step) => {
    steps.push(`${name} ${step.name}`)
    if (name !== 'web1' || step.name !== at) return undefined
    const isFirst = !isReached
    isReached = true
    reached.open()
    await released.opened
    return isFirst ? end : undefined
  })
  const told: DeploymentEvent[] = []
  const problems: string[] = []
  const world: World = {
    store,
    hosts: {
      ...fakes,
      async open(host, purpose) {
        const opening = await fakes.open(host, purpose)
        if (opening.kind === 'closed') return opening
        const close: HostSession['close'] = async () => void closed.push(host.name)
        return { kind: 'open', session: { ...opening.session, close } }
      },
    },
    clock,
    secrets: [],
    secretOf: () => undefined,
    fetches: fetchQueue(),
    lanes: openLanes(),
    stop: NEVER,
    teller: { tell: (_, event) => void told.push(event) },
    problem: what => void problems.push(what),
  }
  const hosts = ['web1', 'web2'].map(name => ({ ...HOST, name, address: `${name}.example.com` }))
  const verify = { url: 'http://127.0.0.1/', in: { header: 'X-Revision' }, timeoutMs: 5_000, hits: 1 }
  await store.create({ ...newDeployment('d1'), order: order({ hosts, verify }) })
  const scheduler = startScheduler(world, 'bot:1')
  scheduler.wake()
  await reached.opened
  return {
    world,
    store,
    scheduler,
    steps,
    closed,
    told,
    problems,
    release: released.open,
    /** `timers`: whose time comes meanwhile; a process that was stopped finds none of them done. */
    pass(ms: number, timers = ms) {
      now += ms
      vi.advanceTimersByTime(timers)
    },
    kinds: () => told.map(({ kind }) => kind),
  }
}

it('a run whose lease was not renewed in time stops: its sessions end, no step follows, and it tells nothing', async () => {
  const scene = await atStep('reset', () => ({ renew: () => Promise.reject(new Error('no database')) }))
  const before = [...scene.steps]
  scene.pass(14_999, 14_000)
  expect(scene.closed).toEqual([])
  scene.pass(1, 1_000)
  expect(new Set(scene.closed)).toEqual(new Set(['web1', 'web2']))
  await scene.scheduler.drain()
  scene.release()
  expect(scene.steps).toEqual(before)
  expect(scene.kinds()).not.toContain('host-ended')
  expect(await scene.store.find('d1')).toMatchObject({ status: 'running', resumes: 0 })
  expect(scene.problems).toContain('deployment d1 is left to whoever has it now')
})

it('the same process takes it up again when the records are there and nobody else has', async () => {
  let isDown = true
  const scene = await atStep('reset', store => ({
    renew: (owner, ids) => (isDown ? Promise.reject(new Error('no database')) : store.renew(owner, ids)),
  }))
  await resumeUnfinished(scene.world, scene.scheduler)
  expect(await scene.store.find('d1')).toMatchObject({ resumes: 0 })
  scene.pass(15_000)
  await vi.waitUntil(() => scene.scheduler.running().length === 0)
  isDown = false
  scene.release()
  await resumeUnfinished(scene.world, scene.scheduler)
  await scene.scheduler.drain()
  expect(await scene.store.find('d1')).toMatchObject({ status: 'succeeded', resumes: 1 })
  expect(scene.kinds().filter(kind => kind === 'resumed' || kind === 'ended')).toEqual(['resumed', 'ended'])
})

it('a process that was stopped for longer than its lease sends no step when it wakes', async () => {
  const scene = await atStep('reset')
  const before = [...scene.steps]
  scene.pass(60_000, 0)
  scene.release()
  await scene.scheduler.drain()
  expect(scene.steps).toEqual(before)
  expect(await scene.store.find('d1')).toMatchObject({ status: 'running' })
})

it.each<[string, (store: Store) => Promise<unknown>]>([
  ['by its next renewal', async () => {}],
  ['by its next event', store => store.append('d1', { kind: 'cancel-asked', by: 'U02BOB' })],
])('a run that another process has taken over learns it %s, and stops', async (how, meanwhile) => {
  const scene = await atStep('reset')
  const taken = await scene.store.resume('d1', 'bot:2')
  await meanwhile(scene.store)
  const before = scene.steps.length
  if (how === 'by its next renewal') {
    scene.pass(4_000)
    await vi.waitUntil(() => scene.closed.includes('web1'))
  }
  scene.release()
  await scene.scheduler.drain()
  expect(scene.steps.slice(before).filter(step => step.startsWith('web2'))).toEqual([])
  expect(scene.kinds()).not.toContain('ended')
  expect(await scene.store.append('d1', { kind: 'resumed', fence: 2, found: [] }, taken?.fence)).toBe(true)
})

it('a renewed run goes on, however long it takes', async () => {
  const scene = await atStep('reset')
  for (let renewals = 0; renewals < 10; renewals++) {
    const renewed = vi.spyOn(scene.store, 'renew')
    scene.pass(4_000)
    await vi.waitUntil(() => renewed.mock.settledResults.at(-1)?.type === 'fulfilled')
    renewed.mockRestore()
  }
  scene.release()
  await scene.scheduler.drain()
  expect(await scene.store.find('d1')).toMatchObject({ status: 'succeeded', resumes: 0 })
})

it('where nobody else can take over, records that cannot be written stop no run', async () => {
  const renew = vi.fn(() => Promise.reject(new Error('disk full')))
  const scene = await atStep('reset', () => ({ isShared: false, renew }))
  for (let second = 0; second < 60; second++) scene.pass(1_000)
  scene.release()
  await scene.scheduler.drain()
  expect(renew).toHaveBeenCalled()
  expect(await scene.store.find('d1')).toMatchObject({ status: 'succeeded' })
})

it.each([
  ['and hears first of its lost links', 'lost'],
  ['and hears first that its step has ended', undefined],
] as const)('where nobody else can take over, who stood still %s takes it up anew, once', async (_, end) => {
  const scene = await atStep('reset', () => ({ isShared: false }), end)
  const before = [...scene.steps]
  scene.pass(15_000, 0)
  scene.release()
  await vi.waitUntil(() => scene.scheduler.running().length === 0)
  expect(scene.steps).toEqual(before)
  expect(scene.kinds()).not.toContain('host-ended')
  expect(await scene.store.find('d1')).toMatchObject({ status: 'running', resumes: 0 })
  await resumeUnfinished(scene.world, scene.scheduler)
  await scene.scheduler.drain()
  expect(await scene.store.find('d1')).toMatchObject({ status: 'succeeded', resumes: 1 })
  expect(scene.kinds().filter(kind => kind === 'resumed' || kind === 'ended')).toEqual(['resumed', 'ended'])
})

it('claims are renewed while the queue cannot be looked at', async () => {
  const renew = vi.fn(async (_: string, ids: readonly string[]) => ids)
  const never = new Promise<never>(() => {})
  let isHung = false
  const scene = await atStep('reset', store => ({ renew, expire: () => (isHung ? never : store.expire()) }))
  isHung = true
  scene.scheduler.wake()
  scene.pass(4_000)
  expect(renew).toHaveBeenCalledWith('bot:1', ['d1'])
})

it('what has ended on its hosts is not given away, but recorded when the records are there again', async () => {
  let isDown = false
  const down = () => Promise.reject(new Error('no database'))
  const scene = await atStep('touch', store => ({
    renew: (owner, ids) => (isDown ? down() : store.renew(owner, ids)),
    append: (id, event, fence) => (isDown ? down() : store.append(id, event, fence)),
  }))
  isDown = true
  scene.release()
  await vi.waitUntil(() => scene.scheduler.running().length === 0)
  scene.pass(60_000)
  await resumeUnfinished(scene.world, scene.scheduler)
  isDown = false
  await scene.scheduler.drain()
  expect(await scene.store.find('d1')).toMatchObject({ status: 'succeeded', resumes: 0 })
})
