import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { DeploymentEvent } from '../../src/event.ts'
import type { HostResult } from '../../src/host-result.ts'
import type { Host } from '../../src/order.ts'
import type { Hosts } from '../../src/ports/hosts.ts'
import { openLanes } from '../../src/run/lanes.ts'
import { fetchQueue, type World } from '../../src/run/world.ts'
import { openStore } from '../../src/store/store.ts'
import { newDeployment } from '../contract/orders.ts'
import { fakeHosts } from '../fakes/hosts.ts'
import { testFolder } from '../folder.ts'
import { HOST, NEW, OLD, order } from '../plan/orders.ts'
import { runOut } from './running.ts'

const clock = { now: () => Date.now(), monotonic: () => performance.now() }
const pair = ['web1', 'web2'].map((name): Host => ({ ...HOST, name, address: `${name}.example.com` }))
const verify = { url: 'http://127.0.0.1/', in: { header: 'X-Revision' }, timeoutMs: 5_000, hits: 1 }

/** A deployment whose first process ended before its canary was touched; then somebody cancelled it. */
async function cancelledAfterCrash(later: (hosts: Hosts) => Hosts = hosts => hosts) {
  const file = join(testFolder('resume'), 'touchdown.db')
  let count = 0
  const store = await openStore({ file, clock, newId: () => `i${++count}` })
  onTestFinished(() => store.close())
  const over = new AbortController()
  const hosts = fakeHosts(OLD, (_, step) => {
    if (step.name !== 'touch') return undefined
    over.abort()
    return Promise.resolve('lost')
  })
  const told: DeploymentEvent[] = []
  const world: World = {
    store,
    hosts,
    clock,
    secrets: [],
    secretOf: () => undefined,
    fetches: fetchQueue(),
    lanes: openLanes(),
    stop: { asked: over.signal, over: over.signal },
    teller: { tell: (_, event) => void told.push(event) },
    problem: (what, error) => {
      throw new Error(what, { cause: error })
    },
  }
  await store.create({ ...newDeployment('d1'), order: order({ hosts: pair, verify }) })
  const claimed = await store.claim('d1', 'bot:first')
  if (!claimed) throw new Error('nothing was claimed')
  expect(await runOut(world, claimed)).toBe('left')

  await store.cancel(order().target, 'U01ALICE', 'cancel')
  const resumed = await store.resume('d1', 'bot:second')
  if (!resumed) throw new Error('nothing was resumed')
  const never = new AbortController().signal
  const next: World = { ...world, hosts: later(hosts), stop: { asked: never, over: never } }
  const ending = await runOut(next, resumed)
  const results = [...(await store.hostResults('d1'))].map(([name, { result }]) => [name, result] as const)
  return { ending, told, results: Object.fromEntries<HostResult>(results) }
}

it('a host that the attempt before the restart had begun is not told as untouched', async () => {
  const { ending, told, results } = await cancelledAfterCrash()
  expect(results).toEqual({
    web1: {
      status: 'unknown',
      step: 'turn',
      because: { kind: 'begun-before' },
      now: { head: NEW, served: OLD, container: 'running' },
    },
    web2: { status: 'untouched' },
  })
  expect(ending).toBe('interrupted')
  expect(told.filter(event => event.kind === 'host-ended')).toHaveLength(2)
})

it('a host that cannot be asked any more may have been begun, too', async () => {
  const closed = { kind: 'closed', because: { kind: 'no-session', detail: 'gone' } } as const
  const { results } = await cancelledAfterCrash(hosts => ({
    ...hosts,
    open: async (host, purpose) => (purpose.kind === 'look' ? closed : hosts.open(host, purpose)),
  }))
  const unknown = { status: 'unknown', step: 'turn', because: { kind: 'begun-before' } }
  expect(results).toEqual({ web1: unknown, web2: unknown })
})
