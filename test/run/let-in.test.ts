import { describe, expect, it } from 'vitest'
import type { Because } from '../../src/because.ts'
import type { DeploymentEvent } from '../../src/event.ts'
import type { Group, SwapOrder } from '../../src/order.ts'
import type { Hosts } from '../../src/ports/hosts.ts'
import { aftermath } from '../../src/run/aftermath.ts'
import { stopped } from '../../src/run/host-work.ts'
import { resumeUnfinished } from '../../src/run/recovery.ts'
import { startScheduler } from '../../src/run/scheduler.ts'
import { newDeployment } from '../contract/orders.ts'
import { fakeHosts } from '../fakes/hosts.ts'
import { HOST, NEW, OLD, order, swapOrder } from '../plan/orders.ts'
import { running } from './running.ts'
import { workOn } from './work.ts'

const SINCE = '2026-11-21T16:40:03Z'
const [alone] = order().groups
if (!alone) throw new Error('the order has no container')
const hooks = { beforeReplace: ['drain', '{replica}'], afterReplace: ['undrain', '{replica}'] }
const groups: readonly Group[] = [{ ...alone, replicas: 2, ...hooks }]
const URL = 'http://127.0.0.1:800{replica}/'
const verify = { url: URL, in: { header: 'X-Revision' }, timeoutMs: 5_000, hits: 1 } as const
const swap = (changes: Partial<SwapOrder> = {}) => swapOrder('container', { groups, verify, ...changes })

/** A host on which the second replica is drained until a hook lets it in. */
function drainedHost(serves: string = OLD, hook: 'works' | 'failed' = 'works') {
  const ran: string[] = []
  let isDrained = true
  const fake = fakeHosts(serves, (_, { name }) => {
    if (name !== 'look') ran.push(name)
    if (!name.startsWith('after_replace')) return undefined
    if (hook === 'failed') return Promise.resolve('failed')
    isDrained = false
    return undefined
  })
  const hosts: Hosts = {
    ...fake,
    async open(host, purpose) {
      const opening = await fake.open(host, purpose)
      if (opening.kind === 'closed') return opening
      const { session } = opening
      const run: typeof session.run = async step => {
        const outcome = await session.run(step)
        const note = isDrained ? `::td drained creator-2 ${SINCE}\n` : ''
        const output = outcome.output.replaceAll(serves, OLD).replace('::td docker\n', `${note}::td docker\n`)
        return step.name === 'look' ? { ...outcome, output } : outcome
      }
      return { kind: 'open', session: { ...session, run } }
    },
  }
  return { hosts, ran }
}

async function afterCut(host: ReturnType<typeof drainedHost>, about = swap()) {
  const opening = await host.hosts.open(HOST, { kind: 'look' })
  if (opening.kind === 'closed') throw new Error('the fake host is closed')
  const work = { ...workOn(opening.session), order: about }
  const purpose = {
    kind: 'deploy' as const,
    deployment: 'd1',
    target: about.target,
    installation: 'i',
    fence: 1,
    firstFence: 1,
    by: 'U01ALICE',
    lockWaitMs: 1,
  }
  const because: Because = { kind: 'link-lost', ended: 'not-known' }
  const result = await aftermath(work, host.hosts, purpose, stopped('swap creator-2', because, '1'))
  return { result, notes: work.notes }
}

describe('a replica that is drained when the link to its host is cut', () => {
  const replicas = (second: object) => ({
    replicas: [{ name: 'creator-1' }, { name: 'creator-2', ...second }],
  })

  it('is let in when it is seen to run and to serve what is checked out', async () => {
    const host = drainedHost()
    const { result, notes } = await afterCut(host)
    expect(host.ran).toEqual(['recall', 'hold', 'after_replace creator-2', 'release'])
    expect(notes).toEqual([{ kind: 'let-in', container: 'creator-2' }])
    expect(result).toMatchObject({ status: 'unknown', now: replicas({ served: OLD }) })
    expect(JSON.stringify(result)).not.toContain(SINCE)
  })

  it.each([
    ['serves something else', drainedHost(NEW), swap(), false],
    ['cannot be let in', drainedHost(OLD, 'failed'), swap(), true],
    [
      'has nothing any more that lets it in',
      drainedHost(),
      swap({ groups: [{ ...alone, replicas: 2 }] }),
      false,
    ],
  ])('stays drained, and that is told, when it %s', async (_, host, about, isTried) => {
    const { result, notes } = await afterCut(host, about)
    expect(host.ran.includes('after_replace creator-2')).toBe(isTried)
    expect(notes).toEqual([])
    expect(result).toMatchObject({ status: 'unknown', now: replicas({ drained: SINCE }) })
  })
})

it('what a dead bot has drained is told, and let in after that', async () => {
  const { world, told, until } = await running([])
  const { hosts, ran } = drainedHost()
  await world.store.create({ ...newDeployment('d1'), order: swap({ hosts: [HOST] }) })
  await world.store.claim('d1', 'bot:dead')
  const scheduler = startScheduler({ ...world, hosts }, 'bot:new')
  await resumeUnfinished({ ...world, hosts }, scheduler)
  await until('d1', 'stalled')
  await scheduler.drain()
  const events = told.map(({ event }): DeploymentEvent => event)
  expect(events[0]).toMatchObject({ found: [{ replicas: [{}, { name: 'creator-2', drained: SINCE }] }] })
  expect(ran).toEqual(['hold', 'after_replace creator-2', 'release'])
  expect(events).toContainEqual({
    kind: 'note',
    host: HOST.name,
    note: { kind: 'let-in', container: 'creator-2' },
  })
})
