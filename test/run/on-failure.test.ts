import { describe, expect, it } from 'vitest'
import type { CodeOrder, HostResult } from '../../src/deployment.ts'
import { release } from '../../src/plan/steps.ts'
import { waysBack } from '../../src/run/back.ts'
import { resumeUnfinished } from '../../src/run/recovery.ts'
import { startScheduler } from '../../src/run/scheduler.ts'
import { newDeployment } from '../contract/orders.ts'
import { fakeHosts, type OnStep } from '../fakes/hosts.ts'
import { HOST, NEW, OLD, order, swapOrder } from '../plan/orders.ts'
import { running, runOut } from './running.ts'

const hosts = ['web1', 'web2', 'web3', 'web4'].map(name => ({ ...HOST, name, address: `${name}.example` }))
const verify = { url: 'http://127.0.0.1/', in: { header: 'X-Revision' }, timeoutMs: 1_000, hits: 1 }

/** A deployment of four hosts, run to its end. */
async function ran(about: Partial<CodeOrder>, onStep: OnStep) {
  const { world, told } = await running([])
  await world.store.create({ ...newDeployment('d1'), order: order({ hosts, verify, ...about }) })
  const claimed = await world.store.claim('d1', 'bot:first')
  if (!claimed) throw new Error('nothing was claimed')
  const ending = await runOut({ ...world, hosts: fakeHosts(OLD, onStep) }, claimed)
  const results = await world.store.hostResults('d1')
  const ends = hosts.map(({ name }): HostResult['status'] | undefined => results.get(name)?.result.status)
  return { ending, ends, results, told: told.map(({ event }) => event) }
}

const at =
  (name: string, step: string, end: 'failed' | 'lost' = 'failed'): OnStep =>
  async (host, { name: ran }) =>
    host.name === name && ran === step ? end : undefined

describe('on_failure: rollback', () => {
  const ROLLBACK = { batch: 1, onFailure: 'rollback' } as const

  it('puts back those that have switched, proved, and no other', async () => {
    const { ending, ends, results, told } = await ran(ROLLBACK, at('web3', 'reset'))
    expect([ending, ...ends]).toEqual(['failed', 'put-back', 'put-back', 'failed', 'untouched'])
    expect(results.get('web1')?.result).toEqual({
      status: 'put-back',
      proof: 'served',
      revision: OLD,
      failed: 'web3',
    })
    const web1 = told.flatMap(event => {
      if (event.kind === 'step' && event.host === 'web1') return [event.step]
      return event.kind === 'host-ended' && event.host === 'web1' ? [event.result.status] : []
    })
    expect(web1.filter(word => word !== 'look')).toEqual([
      ...['reset', 'touch', 'verify', 'succeeded'],
      ...['reset', 'touch', 'verify', 'put-back'],
    ])
  })

  it('does so when the end of a host is not known: the whole is interrupted all the same', async () => {
    expect(await ran(ROLLBACK, at('web2', 'reset', 'lost'))).toMatchObject({
      ending: 'interrupted',
      ends: ['put-back', 'unknown', 'untouched', 'untouched'],
    })
  })

  it('says of one that cannot be put back what is there', async () => {
    let resets = 0
    const { ending, results } = await ran(ROLLBACK, async (host, step) => {
      if (step.name !== 'reset') return undefined
      if (host.name === 'web1') resets += 1
      return host.name === 'web2' || resets === 2 ? 'failed' : undefined
    })
    expect(ending).toBe('failed')
    expect(results.get('web1')?.result).toMatchObject({
      status: 'failed',
      step: 'reset',
      now: { served: NEW },
    })
  })

  it('is nothing that a cancel alone sets off', async () => {
    const { world } = await running([])
    await world.store.create({ ...newDeployment('d1'), order: order({ hosts, verify, ...ROLLBACK }) })
    const claimed = await world.store.claim('d1', 'bot:first')
    if (!claimed) throw new Error('nothing was claimed')
    const cancel: OnStep = async (host, step) => {
      if (host.name === 'web1' && step.name === 'touch') await world.store.cancel('d1', 'U01ALICE', 'c1')
      return undefined
    }
    expect(await runOut({ ...world, hosts: fakeHosts(OLD, cancel) }, claimed)).toBe('partial')
    expect((await world.store.hostResults('d1')).get('web1')?.result.status).toBe('succeeded')
  })

  it('is gone on with after the bot died in the middle of it, and the failed host is not tried again', async () => {
    const { world } = await running([])
    await world.store.create({ ...newDeployment('d1'), order: order({ hosts, verify, ...ROLLBACK }) })
    const first = await world.store.claim('d1', 'bot:first')
    const succeeded = { status: 'succeeded', proof: 'served', previous: OLD, digest: undefined } as const
    const failed = {
      status: 'failed',
      step: 'reset',
      because: { kind: 'no-marker' },
      now: undefined,
    } as const
    for (const [host, result] of [
      ['web1', succeeded],
      ['web2', succeeded],
      ['web3', failed],
    ] as const)
      await world.store.append('d1', { kind: 'host-ended', host, result, durationMs: 1 }, first?.fence)
    const steps: string[] = []
    const next = {
      ...world,
      hosts: fakeHosts(NEW, async (host, step) => void steps.push(`${host.name} ${step.name}`)),
    }
    const scheduler = startScheduler(next, 'bot:next')
    await resumeUnfinished(next, scheduler)
    await scheduler.drain()
    expect((await world.store.find('d1'))?.status).toBe('interrupted')
    const results = await world.store.hostResults('d1')
    expect(hosts.map(({ name }) => results.get(name)?.result.status)).toEqual([
      ...['put-back', 'put-back', 'failed'],
      // The attempt that died may have begun there: this fake one has the ordered revision.
      'unknown',
    ])
    expect(steps).toContain('web1 reset')
    expect(steps).not.toContain('web3 reset')
  })
})

describe('who is put back', () => {
  const done: HostResult = { status: 'succeeded', proof: 'served', previous: OLD, digest: undefined }
  const failed: HostResult = {
    status: 'failed',
    step: 'reset',
    because: { kind: 'no-marker' },
    now: undefined,
  }
  const untouched: HostResult = { status: 'untouched' }
  const about = { hosts, onFailure: 'rollback' } as const
  const swap = swapOrder('container', about)
  it.each([
    ['nobody, when nobody failed', order(about), [done, done, untouched, untouched], []],
    ['nobody, where it is not asked for', order({ hosts }), [done, failed], []],
    ['all at once', order(about), [done, done, failed, done], [['web1', 'web2', 'web4']]],
    ['in batches', order({ ...about, batch: 2 }), [done, done, done, failed], [['web1', 'web2'], ['web3']]],
    ['not who had no commit', order(about), [{ ...done, previous: undefined }, failed], []],
    ['not who had the same code', order(about), [{ ...done, previous: NEW }, failed], []],
    ['of new containers who had one', swap, [done, { ...done, previous: NEW }, failed], [['web2']]],
  ] as const)('%s', (_, ordered, ends, expected) => {
    const byName = new Map(ends.map((end, index): [string, HostResult] => [`web${index + 1}`, end]))
    const undo = new Map([['web2', [release()]]])
    const ways = waysBack(ordered, byName, undo)
    expect(ways.map(way => way.hosts.map(({ host }) => host.name))).toEqual(expected)
  })
})

describe('the others, when one host has failed', () => {
  it('do not begin, unless they are to go on', async () => {
    expect(await ran({ batch: 1 }, at('web2', 'reset'))).toMatchObject({
      ending: 'partial',
      ends: ['succeeded', 'failed', 'untouched', 'untouched'],
    })
    expect(await ran({ batch: 1, onFailure: 'continue' }, at('web2', 'reset'))).toMatchObject({
      ending: 'partial',
      ends: ['succeeded', 'failed', 'succeeded', 'succeeded'],
    })
  })

  it.each(['look', 'reset'])('go on when it is the first one, at %s', async step => {
    expect(await ran({ onFailure: 'continue' }, at('web1', step))).toMatchObject({
      ending: 'partial',
      ends: ['failed', 'succeeded', 'succeeded', 'succeeded'],
    })
  })

  it('go on when its end is not known; the whole is interrupted all the same', async () => {
    expect(await ran({ onFailure: 'continue' }, at('web2', 'reset', 'lost'))).toMatchObject({
      ending: 'interrupted',
      ends: ['succeeded', 'unknown', 'succeeded', 'succeeded'],
    })
  })
})
