import { describe, expect, it } from 'vitest'
import type { HostResult } from '../../src/host-result.ts'
import type { CodeOrder, Host } from '../../src/order.ts'
import { release } from '../../src/plan/steps.ts'
import type { Hosts } from '../../src/ports/hosts.ts'
import { type Part, waysBack } from '../../src/run/back.ts'
import { resumeUnfinished } from '../../src/run/recovery.ts'
import { startScheduler } from '../../src/run/scheduler.ts'
import type { World } from '../../src/run/world.ts'
import { headlineText } from '../../src/sentences/headline.ts'
import { finalText } from '../../src/sentences/thread.ts'
import { after, firstView } from '../../src/sentences/view.ts'
import { newDeployment } from '../contract/orders.ts'
import { fakeHosts, type OnStep } from '../fakes/hosts.ts'
import { HOST, NEW, OLD, order, swapOrder } from '../plan/orders.ts'
import { running, runOut } from './running.ts'

const hosts = ['web1', 'web2', 'web3', 'web4'].map(name => ({ ...HOST, name, address: `${name}.example` }))
const verify = { url: 'http://127.0.0.1/', in: { header: 'X-Revision' }, timeoutMs: 1_000, hits: 1 }

/** A deployment of four hosts, run to its end. */
async function ran(
  about: Partial<CodeOrder>,
  onStep: OnStep,
  reach: (host: Host, open: () => Promise<Opening>) => Promise<Opening> | Opening = (_, open) => open(),
) {
  const { world, told } = await running([])
  await world.store.create({ ...newDeployment('d1'), order: order({ hosts, verify, ...about }) })
  const claimed = await world.store.claim('d1', 'bot:first')
  if (!claimed) throw new Error('nothing was claimed')
  const fakes = fakeHosts(OLD, onStep)
  const reached: Hosts = {
    ...fakes,
    open: async (host, purpose) => reach(host, () => fakes.open(host, purpose)),
  }
  const ending = await runOut({ ...world, hosts: reached }, claimed)
  const results = await world.store.hostResults('d1')
  const ends = hosts.map(({ name }): HostResult['status'] | undefined => results.get(name)?.result.status)
  const deployment = await world.store.find('d1')
  if (!deployment) throw new Error('it is gone')
  const events = told.map(({ event }) => event)
  const view = events.reduce(after, firstView(deployment))
  return { ending, ends, results, told: events, headline: headlineText(view), final: finalText(view) }
}

type Opening = Awaited<ReturnType<Hosts['open']>>

const CLOSED: Opening = {
  kind: 'closed',
  because: { kind: 'unreachable', address: 'web1.example', port: 22, detail: 'no route to host' },
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
      cause: { host: 'web3', end: 'failed' },
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
    expect(ending).toBe('partial')
    expect(results.get('web1')?.result).toMatchObject({
      status: 'failed',
      step: 'reset',
      now: { served: NEW },
      stayed: { cause: { host: 'web2', end: 'failed' }, proof: 'served' },
    })
  })

  it('knows what one that is not reached any more was proved to serve, and who is the reason', async () => {
    let opened = 0
    const { ending, results, headline, final } = await ran(ROLLBACK, at('web2', 'touch'), (host, open) => {
      if (host.name === 'web1') opened += 1
      return opened < 2 || host.name !== 'web1' ? open() : CLOSED
    })
    expect(ending).toBe('partial')
    expect(results.get('web1')?.result).toMatchObject({
      status: 'failed',
      stayed: { proof: 'served' },
    })
    expect(headline).toMatch(
      /^creator ended partly: 1\/4 hosts serve bbbbbbb; web1 could not be put back; failed at touch on web2: /,
    )
    expect(final).toContain('web1: it was to be put back because web2 failed, and could not be.')
    expect(final).toContain(
      'web1 now: it could not be asked; what was found before that is serving bbbbbbb, proved.',
    )
  })

  it.each(['touch', 'verify', 'reset'])(
    'puts back also the host that failed, here the first one at %s',
    async step => {
      let fails = 0
      const { ending, ends, results, told, final } = await ran(
        { ...ROLLBACK, verify: { ...verify, timeoutMs: 1 } },
        async (host, { name }) => {
          if (host.name !== 'web1' || name !== (step === 'verify' ? 'touch' : step)) return undefined
          fails += 1
          return fails > 1 ? undefined : step === 'verify' ? 'unheard' : 'failed'
        },
      )
      expect([ending, ...ends]).toEqual(['failed', 'failed', 'untouched', 'untouched', 'untouched'])
      expect(results.get('web1')?.result).toMatchObject({
        step,
        now: { head: OLD },
        // The new revision was never served: that the old one was loaded anew, only the reload shows.
        restored: { revision: OLD, proof: 'reloaded' },
      })
      expect(told.flatMap(event => (event.kind === 'host-ended' ? [event.host] : []))).toHaveLength(5)
      expect(final).toContain('web1 now: put back: aaaaaaa, reload seen.')
    },
  )

  it.each(['hold', 'look'])('does nothing to a host that failed before it was changed, at %s', async step => {
    let turns = 0
    const { told } = await ran(ROLLBACK, async (host, { name }) => {
      if (host.name === 'web1' && name === step) turns += 1
      return turns === 2 || (step === 'hold' && turns === 1) ? 'failed' : undefined
    })
    expect(told.filter(event => event.kind === 'step' && event.step === 'reset')).toEqual([])
  })

  it('says so when the host that failed cannot be put back', async () => {
    const { ending, results, told } = await ran(ROLLBACK, at('web2', 'touch'))
    expect(ending).toBe('failed')
    expect(results.get('web2')?.result).toMatchObject({ status: 'failed', step: 'touch', now: { head: OLD } })
    expect(told).toContainEqual({
      kind: 'note',
      host: 'web2',
      note: expect.objectContaining({ kind: 'also-stopped', step: 'touch' }),
    })
  })

  it('knows after a crash what a host had before the bot that died began to change it', async () => {
    const { world } = await running([])
    await world.store.create({ ...newDeployment('d1'), order: order({ hosts, verify, ...ROLLBACK }) })
    const first = await world.store.claim('d1', 'bot:first')
    await world.store.append('d1', { kind: 'turn', host: 'web1', head: OLD }, first?.fence)
    const [has, others] = [fakeHosts(NEW), fakeHosts(OLD, at('web2', 'reset'))]
    const next: World = {
      ...world,
      hosts: {
        open: (host, purpose) => (host.name === 'web1' ? has : others).open(host, purpose),
        close: async () => {},
      },
    }
    const scheduler = startScheduler(next, 'bot:next')
    await resumeUnfinished(next, scheduler)
    await scheduler.drain()
    const results = await world.store.hostResults('d1')
    expect(results.get('web1')?.result).toMatchObject({ status: 'put-back', revision: OLD })
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
  const because = { kind: 'no-marker' } as const
  const failed: HostResult = { status: 'failed', step: 'hold', because, now: undefined }
  const halfway: HostResult = { ...failed, step: 'touch' }
  const asBefore = { head: OLD, served: OLD, container: 'running' }
  const untouched: HostResult = { status: 'untouched' }
  const about = { hosts, onFailure: 'rollback' } as const
  const swap = swapOrder('container', about)
  it.each([
    ['nobody, when nobody failed', order(about), [done, done, untouched, untouched], []],
    ['nobody, where it is not asked for', order({ hosts }), [done, failed], []],
    ['all at once', order(about), [done, done, failed, done], [['web1', 'web2', 'web4']]],
    ['in batches', order({ ...about, batch: 2 }), [done, done, done, failed], [['web1', 'web2'], ['web3']]],
    ['first who failed on the way', order(about), [done, halfway, done], [['web2'], ['web1', 'web3']]],
    [
      'not who was put back then',
      order(about),
      [{ ...halfway, restored: { revision: OLD, proof: 'served' } }],
      [],
    ],
    [
      'not who has and serves what it had',
      order(about),
      [{ ...failed, step: 'preflight', now: asBefore }],
      [],
    ],
    [
      'who has it and serves another',
      order(about),
      [{ ...halfway, now: { ...asBefore, served: NEW } }],
      [['web1']],
    ],
    ['no swap that failed: it has taken itself back', swapOrder('full', about), [halfway], []],
    ['not who had no commit', order(about), [{ ...done, previous: undefined }, failed], []],
    ['not who had the same code', order(about), [{ ...done, previous: NEW }, failed], []],
    ['of new containers who had one', swap, [done, { ...done, previous: NEW }, failed], [['web2']]],
  ] as const)('%s', (_, ordered, ends, expected) => {
    const parts = ends.map((result, index): [string, Part] => [
      `web${index + 1}`,
      { result, before: { head: OLD }, undo: index === 1 ? [release()] : [] },
    ])
    const ways = waysBack(ordered, new Map(parts))
    expect(ways.map(together => together.map(({ host }) => host.name))).toEqual(expected)
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
