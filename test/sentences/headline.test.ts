import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Because } from '../../src/because.ts'
import type { Ending } from '../../src/deployment.ts'
import type { HostResult } from '../../src/host-result.ts'
import type { Order } from '../../src/order.ts'
import { endingOf } from '../../src/run/deploy.ts'
import { headlineText, statusWord } from '../../src/sentences/headline.ts'
import { finalText } from '../../src/sentences/thread.ts'
import { firstView, after as viewThen } from '../../src/sentences/view.ts'
import {
  aDeployment,
  anOrder,
  endedWith,
  FULL_DISK,
  failed,
  NEW,
  OLD,
  took,
  UNTOUCHED,
  unknown,
  viewAfter,
} from './deployments.ts'

const STAGING = { service: 'creator', environment: 'staging' }
const LOST: Because = { kind: 'link-lost', ended: 'not-known' }

describe('the headline', () => {
  it('says that a deployment waits, and for what', () => {
    const view = firstView(aDeployment())
    expect(headlineText(view)).toBe('creator: waiting for its turn')
    const behind = ['api (d1)', 'web (d2)', 'mail (d3)', 'jobs (d4)']
    expect(headlineText(viewThen(view, { kind: 'queued', position: 1, behind: behind.slice(0, 1) }))).toBe(
      'creator: waiting for its turn, number 1, behind api (d1)',
    )
    expect(headlineText(viewThen(view, { kind: 'queued', position: 4, behind }))).toBe(
      'creator: waiting for its turn, number 4, behind api (d1), web (d2), mail (d3) and 1 more',
    )
  })

  it('says that an interrupted one waits for somebody', () => {
    const view = viewAfter([{ kind: 'stalled', forMs: 1, expiresAt: 0 }])
    expect(headlineText(view)).toBe(
      'creator: the code deploy of 4f2c1ab to 2 hosts was interrupted, and waits for Resume or Leave',
    )
    expect(statusWord(view)).toEqual({ word: 'waiting for Resume or Leave', tone: 'warning' })
  })

  it.each([
    [viewAfter([]), 'creator: deploying 4f2c1ab to 2 hosts'],
    [viewAfter([], { order: anOrder({}, ['web1']) }), 'creator: deploying 4f2c1ab to 1 host'],
    [
      viewAfter([], { order: anOrder({ target: STAGING }) }),
      'creator to staging: deploying 4f2c1ab to 2 hosts',
    ],
    [
      viewAfter([
        { kind: 'cancel-asked', by: 'U02BOB' },
        { kind: 'cancel-asked', by: 'U03CAROL' },
      ]),
      'creator: deploying 4f2c1ab to 2 hosts; U02BOB cancelled it, so no further host begins',
    ],
    [
      viewAfter([{ kind: 'resumed', fence: 2, found: [] }], { resumes: 1 }),
      'creator: deploying 4f2c1ab to 2 hosts, taken up again',
    ],
  ])('of a running deployment %#', (view, text) => {
    expect(headlineText(view)).toBe(text)
  })

  it.each([
    [
      endedWith({ web1: took('served'), web2: took('served') }, 'succeeded', 1_900),
      'creator succeeded: serving 4f2c1ab on 2/2 hosts, proved, 1.9 s',
    ],
    [
      endedWith({ web1: took('served') }, 'succeeded', 1_900, {
        order: anOrder({ target: STAGING }, ['web1']),
      }),
      'creator to staging succeeded: serving 4f2c1ab on 1/1 hosts, proved, 1.9 s',
    ],
    [
      endedWith({ web1: took('served'), web2: took('reloaded') }, 'succeeded', 2_100),
      'creator succeeded: 4f2c1ab on 2/2 hosts, reload seen (the revision it serves is not verifiable), 2.1 s',
    ],
    [
      endedWith({ web1: took('running'), web2: took('reloaded') }, 'succeeded', 6_900),
      'creator succeeded: 4f2c1ab on 2/2 hosts, running (no reload could be seen), 6.9 s',
    ],
    [
      endedWith({ web1: failed('reset', FULL_DISK), web2: UNTOUCHED }, 'failed', 900),
      'creator failed at reset on web1: the disk is full; 0/2 hosts serve 4f2c1ab',
    ],
    [
      endedWith({ web1: failed('preflight', { kind: 'exit', code: 3, output: '' }) }, 'failed', 900, {
        order: anOrder({ verify: undefined }, ['web1']),
      }),
      'creator failed at preflight on web1: the preflight command failed; 0/1 hosts run 4f2c1ab',
    ],
    [
      endedWith(
        {
          web1: failed('clone', { kind: 'exit', code: 128, output: 'fatal: x' }),
          web2: failed('clone', { kind: 'exit', code: 128, output: 'fatal: x' }),
        },
        'failed',
        900,
      ),
      'creator failed at clone on web1: exit code 128 (and on 1 more host); 0/2 hosts serve 4f2c1ab',
    ],
    [
      endedWith({ web1: UNTOUCHED, web2: UNTOUCHED }, 'failed', 900),
      'creator failed: no host had its turn; 0/2 hosts serve 4f2c1ab',
    ],
    [
      endedWith({ web1: took('served'), web2: failed('reset', FULL_DISK) }, 'partial', 900),
      'creator ended partly: 1/2 hosts serve 4f2c1ab; failed at reset on web2: the disk is full',
    ],
    [
      endedWith({ web1: took('served'), web2: UNTOUCHED }, 'partial', 900, { cancelledBy: 'U02BOB' }),
      'creator ended partly: 1/2 hosts serve 4f2c1ab; cancelled by U02BOB before the others',
    ],
    [
      endedWith({ web1: failed('reset', FULL_DISK), web2: UNTOUCHED }, 'failed', 900, {
        cancelledBy: 'U02BOB',
      }),
      'creator failed at reset on web1: the disk is full; 0/2 hosts serve 4f2c1ab; cancelled by U02BOB before the others',
    ],
    [
      endedWith({ web1: took('served'), web2: failed('reset', FULL_DISK) }, 'partial', 900, {
        cancelledBy: 'U02BOB',
      }),
      'creator ended partly: 1/2 hosts serve 4f2c1ab; failed at reset on web2: the disk is full; cancelled by U02BOB',
    ],
    [
      endedWith({ web1: unknown('reset', LOST), web2: UNTOUCHED }, 'interrupted', 900, {
        cancelledBy: 'U02BOB',
      }),
      'creator was interrupted at reset on web1: the connection was lost, and it is not known whether 4f2c1ab runs there; 0/2 hosts serve 4f2c1ab; cancelled by U02BOB before the others',
    ],
    [
      endedWith({ web1: took('served'), web2: unknown('reset', LOST) }, 'interrupted', 900),
      'creator was interrupted at reset on web2: the connection was lost, and it is not known whether 4f2c1ab runs there; 1/2 hosts serve 4f2c1ab',
    ],
    [
      endedWith(
        {
          web1: UNTOUCHED,
          web2: unknown('reset', LOST, { head: NEW, served: OLD, container: 'running' }),
        },
        'interrupted',
        900,
      ),
      'creator was interrupted at reset on web2: the connection was lost, and it was last seen serving 1a2b3c4; 0/2 hosts serve 4f2c1ab',
    ],
    [
      viewAfter([{ kind: 'ended', ending: 'interrupted', durationMs: 0 }], { resumes: 1 }),
      'creator was interrupted by a restart or a fault of the bot: it is not known which hosts took 4f2c1ab',
    ],
    [
      endedWith({ web1: UNTOUCHED, web2: UNTOUCHED }, 'cancelled', 900, { cancelledBy: 'U02BOB' }),
      'creator was cancelled by U02BOB before any host took 4f2c1ab',
    ],
  ])('of an ended deployment %#', (view, text) => {
    expect(headlineText(view)).toBe(text)
  })

  it('names what was put back because another host failed, and where it says each host, why', () => {
    const cause = { host: 'web3', end: 'failed' } as const
    const back = { status: 'put-back', proof: 'served', revision: OLD, cause } as const
    const bad = failed('reset', FULL_DISK)
    const hosts = ['web1', 'web2', 'web3', 'web4']
    const swap: Order = {
      ...anOrder({}, hosts),
      kind: 'container',
      image: 'r.example/creator@sha256:ab',
      mirrors: [],
    }
    const seen = (ends: readonly HostResult[], order: Order = anOrder({}, hosts)) =>
      viewAfter(
        [
          ...ends.map((result, index) => ({
            ...({ kind: 'host-ended', host: hosts[index] ?? '', result, durationMs: 1 } as const),
          })),
          { kind: 'ended', ending: 'failed', durationMs: 1 },
        ],
        { order },
      )
    expect(headlineText(seen([back, back, bad, UNTOUCHED]))).toMatch(
      /^creator failed at reset on web3: .*; 0\/4 hosts serve 4f2c1ab; 2 hosts were put back to 1a2b3c4$/,
    )
    const unheard = { ...back, cause: { ...cause, end: 'unknown' } } as const
    expect(finalText(seen([unheard, UNTOUCHED, unknown('reset', LOST, undefined)])).split('\n')).toContain(
      'web1: put back because it is not known how web3 ended: serving 1a2b3c4, proved.',
    )
    // Its code is the same before and after.
    expect(headlineText(seen([back, UNTOUCHED, bad], swap))).toContain(
      '; web1 was put back to the container before',
    )
    expect(finalText(seen([back, UNTOUCHED, bad], swap))).toContain(
      'web1: put back to the container before because web3 failed: serving 1a2b3c4, proved.',
    )
    expect(headlineText(seen([back, bad, bad, UNTOUCHED]))).toContain('; web1 was put back to 1a2b3c4')
    expect(finalText(seen([back, back, bad, UNTOUCHED]))).toContain(
      'web2: put back because web3 failed: serving 1a2b3c4, proved.',
    )
  })

  it('counts a failed host that was seen to serve the new revision all the same', () => {
    const now = { head: NEW, served: NEW, container: 'running' }
    const view = endedWith(
      { web1: failed('verify', { kind: 'container-restarted', container: 'c' }, now) },
      'failed',
      9,
    )
    expect(headlineText(view)).toContain('1/1 hosts serve 4f2c1ab')
  })
})

describe('the status word', () => {
  it('has the tone that its ending deserves', () => {
    const words = (['succeeded', 'failed', 'partial', 'interrupted', 'cancelled'] as const).map(ending =>
      statusWord(endedWith({}, ending, 1)),
    )
    expect(words.map(({ word, tone }) => `${word}: ${tone}`)).toEqual([
      'succeeded: good',
      'failed: bad',
      'ended partly: bad',
      'interrupted: warning',
      'cancelled: warning',
    ])
    expect(statusWord(firstView(aDeployment()))).toEqual({ word: 'waiting', tone: 'waiting' })
    expect(statusWord(viewAfter([]))).toEqual({ word: 'running', tone: 'running' })
  })
})

/** Whatever hosts say, with words in it that only we may say. */
const HOSTILE = fc.constantFrom('', 'succeeded, proved', 'fatal: it succeeded and is proved', '\u202eproved')
const HARMLESS = fc.constantFrom('', 'fatal: no', 'x\ny')

function results(text: fc.Arbitrary<string>): fc.Arbitrary<HostResult> {
  const because = fc.oneof(
    text.map((output): Because => ({ kind: 'exit', code: 1, output })),
    text.map((signal): Because => ({ kind: 'signal', signal, output: signal })),
    text.map((detail): Because => ({ kind: 'fault', detail })),
    text.map((holder): Because => ({ kind: 'host-locked', holder })),
    text.map((seen): Because => ({ kind: 'not-served', url: 'http://x/', wanted: NEW, seen, afterMs: 1 })),
    fc.constant(LOST),
  )
  const now = fc.oneof(
    fc.constant(undefined),
    fc.record({ head: fc.constantFrom(NEW, OLD), served: text, container: fc.constant('running') }),
  )
  return fc.oneof(
    fc.constantFrom('served' as const, 'reloaded' as const, 'running' as const).map(took),
    fc.constant(UNTOUCHED),
    fc
      .tuple(fc.constantFrom('reset', 'fetch', 'verify'), because, now)
      .map(([step, why, seen]) => failed(step, why, seen)),
    fc
      .tuple(fc.constantFrom('reset', 'fetch', 'verify'), because, now)
      .map(([step, why, seen]) => unknown(step, why, seen)),
  )
}

function views(text: fc.Arbitrary<string>) {
  return fc
    .tuple(fc.array(results(text), { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([all, stop]) => {
      const ending: Ending = endingOf(all, stop)
      const named = Object.fromEntries(all.map((result, index) => [`web${index + 1}`, result]))
      const isServed = all.every(result => result.status === 'succeeded' && result.proof === 'served')
      const about = stop ? { cancelledBy: 'U02BOB' } : {}
      return { view: endedWith(named, ending, 1_234, about), ending, isServed }
    })
}

describe('G6: whatever the hosts end with and say', () => {
  it('the headline says "succeeded" when all ended as ordered, and "proved" when all were seen to serve it, else never', () => {
    fc.assert(
      fc.property(views(HOSTILE), ({ view, ending, isServed }) => {
        expect(headlineText(view).includes('succeeded')).toBe(ending === 'succeeded')
        expect(headlineText(view).includes('proved')).toBe(isServed)
        expect(statusWord(view).word === 'succeeded').toBe(ending === 'succeeded')
      }),
      { numRuns: 500 },
    )
  })

  it('the broadcast adds neither word of its own', () => {
    fc.assert(
      fc.property(views(HARMLESS), ({ view, ending, isServed }) => {
        expect(finalText(view).includes('succeeded')).toBe(ending === 'succeeded')
        expect(finalText(view).includes('proved')).toBe(isServed)
      }),
      { numRuns: 500 },
    )
  })
})
