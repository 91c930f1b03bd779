import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { DeploymentEvent } from '../../src/event.ts'
import type { Host } from '../../src/order.ts'
import { openLanes } from '../../src/run/lanes.ts'
import { resumeUnfinished } from '../../src/run/recovery.ts'
import { startScheduler } from '../../src/run/scheduler.ts'
import { fetchQueue, type World } from '../../src/run/world.ts'
import { openStore } from '../../src/store/store.ts'
import { newDeployment } from '../contract/orders.ts'
import { fakeHosts, type OnStep } from '../fakes/hosts.ts'
import { testFolder } from '../folder.ts'
import { HOST, OLD, order } from '../plan/orders.ts'
import { runOut } from './running.ts'

const clock = { now: () => Date.now(), monotonic: () => performance.now() }
const hosts = ['web1', 'web2', 'web3'].map(
  (name): Host => ({ ...HOST, name, address: `${name}.example.com` }),
)
const verify = { url: 'http://127.0.0.1/', in: { header: 'X-Revision' }, timeoutMs: 5_000, hits: 1 }

/** A claimed deployment of three hosts in a process that can be asked to stop. */
async function scene(onStep: (process: Process) => OnStep, ordered = order({ hosts, verify })) {
  const file = join(testFolder('stop'), 'touchdown.db')
  let count = 0
  const store = await openStore({ file, clock, newId: () => `i${++count}` })
  onTestFinished(() => store.close())
  await store.create({ ...newDeployment('d1'), order: ordered })
  const claimed = await store.claim('d1', 'bot:first')
  if (!claimed) throw new Error('nothing was claimed')

  const process = { asked: new AbortController(), over: new AbortController() }
  const told: DeploymentEvent[] = []
  const world: World = {
    store,
    hosts: fakeHosts(OLD, onStep(process)),
    teller: { tell: (_, event) => told.push(event) },
    clock,
    secretOf: () => undefined,
    secrets: [],
    fetches: fetchQueue(),
    lanes: openLanes(),
    stop: { asked: process.asked.signal, over: process.over.signal },
    problem: (what, error) => {
      throw new Error(what, { cause: error })
    },
  }
  /** Another process on the same records, which nobody stops. */
  const nextWorld = (): World => ({
    ...world,
    hosts: fakeHosts(OLD),
    stop: { asked: new AbortController().signal, over: new AbortController().signal },
  })
  return { world, nextWorld, store, told, run: () => runOut(world, claimed) }
}

type Process = { readonly asked: AbortController; readonly over: AbortController }

const endedHosts = (told: readonly DeploymentEvent[]) =>
  told.flatMap(event => (event.kind === 'host-ended' ? [`${event.host} ${event.result.status}`] : []))

/** The next start: what it finds, taken to its end. */
async function nextStart(world: World): Promise<void> {
  const scheduler = startScheduler(world, 'bot:second')
  await resumeUnfinished(world, scheduler)
  await scheduler.drain()
}

describe('a process that is asked to stop', () => {
  it('lets the host that switches go on to its proof, gives no other a turn, and leaves the rest to the next start', async () => {
    const { run, store, told, nextWorld } = await scene(process => (host, step) => {
      if (host.name === 'web1' && step.name === 'touch') process.asked.abort()
      return undefined
    })
    expect(await run()).toBe('left')
    expect(endedHosts(told)).toEqual(['web1 succeeded'])
    expect((await store.find('d1'))?.status).toBe('running')
    expect(told.filter(event => event.kind === 'ended')).toEqual([])

    await nextStart(nextWorld())
    expect(await store.find('d1')).toMatchObject({ status: 'succeeded', resumes: 1 })
    expect(endedHosts(told).toSorted()).toEqual(['web1 succeeded', 'web2 succeeded', 'web3 succeeded'])
  })

  it('while hosts prepare: not even the first one switches', async () => {
    const { run, store, told } = await scene(process => (_, step) => {
      if (step.name === 'look') process.asked.abort()
      return undefined
    })
    expect(await run()).toBe('left')
    expect(told.flatMap(event => (event.kind === 'step' ? [event.step] : []))).not.toContain('reset')
    expect(endedHosts(told)).toEqual([])
    expect((await store.find('d1'))?.status).toBe('running')
  })

  it('ends a deployment that has failed meanwhile: there is nothing to go on with', async () => {
    const { run, store, told } = await scene(process => async (host, step) => {
      if (host.name !== 'web1' || step.name !== 'touch') return undefined
      process.asked.abort()
      return 'lost'
    })
    expect(await run()).toBe('interrupted')
    expect(endedHosts(told)).toEqual(['web1 unknown', 'web2 untouched', 'web3 untouched'])
    expect((await store.find('d1'))?.status).toBe('interrupted')
  })

  it('ends a cancelled one as cancelled', async () => {
    const { run, store, world } = await scene(process => async (_, step) => {
      if (step.name !== 'look') return undefined
      await world.store.cancel(order().target, 'U01ALICE', 'cancel')
      process.asked.abort()
      return undefined
    })
    expect(await run()).toBe('cancelled')
    expect((await store.find('d1'))?.status).toBe('cancelled')
  })

  it('takes up no more of what an earlier process left', async () => {
    const { store, nextWorld, told } = await scene(() => () => undefined)
    const asked = new AbortController()
    const looking = new AbortController()
    const world: World = {
      ...nextWorld(),
      hosts: fakeHosts(OLD, () => {
        looking.abort()
        asked.abort()
        return undefined
      }),
      stop: { asked: asked.signal, over: new AbortController().signal },
    }
    const scheduler = startScheduler(world, 'bot:second')
    await resumeUnfinished(world, scheduler)
    await scheduler.drain()
    expect(looking.signal.aborted).toBe(true)
    expect(told).toEqual([])
    expect((await store.orphans('bot:third')).map(({ id }) => id)).toEqual(['d1'])
  })
})

describe('a process whose time to stop is over', () => {
  it('records and tells nothing of the links that it cuts itself', async () => {
    const { run, store, told, nextWorld } = await scene(process => async (_, step) => {
      if (step.name !== 'touch') return undefined
      process.asked.abort()
      process.over.abort()
      return 'lost'
    })
    expect(await run()).toBe('left')
    expect(endedHosts(told)).toEqual([])
    expect((await store.hostResults('d1')).size).toBe(0)
    expect((await store.find('d1'))?.status).toBe('running')

    await nextStart(nextWorld())
    expect(await store.find('d1')).toMatchObject({ status: 'succeeded', resumes: 1 })
  })

  it('waits no longer for a proof, and asks nothing more of the host', async () => {
    const after: string[] = []
    // Without `verify` and reloads that can be counted, a host is watched for five seconds.
    const { run, store } = await scene(
      process => async (_, step) => {
        if (process.over.signal.aborted) after.push(step.name)
        if (step.name === 'touch') setImmediate(() => process.over.abort())
        return step.name === 'reloads' ? 'unheard' : undefined
      },
      order({ hosts, verify: undefined }),
    )
    expect(await run()).toBe('left')
    expect(after).toEqual([])
    expect((await store.find('d1'))?.status).toBe('running')
  })
})
