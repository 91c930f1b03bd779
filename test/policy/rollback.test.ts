import { describe, expect, it } from 'vitest'
import type { Because } from '../../src/because.ts'
import type { DeploymentStatus } from '../../src/deployment.ts'
import type { HostResult, Sighting } from '../../src/host-result.ts'
import type { CodeOrder, Kind, SwapOrder } from '../../src/order.ts'
import { isStillRelease, rollbackTo } from '../../src/policy/rollback.ts'
import type { Attempt } from '../../src/ports/records/history.ts'
import { type Revision, revisionFrom } from '../../src/revision.ts'
import { revision } from '../plan/orders.ts'
import { aDeployment, anOrder } from '../sentences/deployments.ts'
import { aTarget } from './configs.ts'

const target = aTarget()
const [A, B, C] = [revision('a'), revision('b'), revision('c')]
const broken: Because = { kind: 'exit', code: 1, output: '' }

const ok: HostResult = { status: 'succeeded', proof: 'served', previous: undefined, digest: undefined }
const untouched: HostResult = { status: 'untouched' }

function putBack(to: Revision): HostResult {
  return { status: 'put-back', proof: 'served', revision: to, cause: { host: 'web2', end: 'failed' } }
}

/** What a host that stopped was seen to have. */
function stopped(step: string, head?: Revision, served?: Revision): HostResult {
  const now: Sighting | undefined = head && { head, served, container: 'running' }
  return { status: 'failed', step, because: broken, now }
}

function lost(head?: Revision): HostResult {
  const now: Sighting | undefined = head && { head, served: undefined, container: undefined }
  return { status: 'unknown', step: 'reset', because: { kind: 'no-marker' }, now }
}

type Ran = readonly [
  Revision,
  DeploymentStatus,
  web1?: HostResult | undefined,
  web2?: HostResult | undefined,
  more?: More | undefined,
]
interface More {
  readonly isRollback?: boolean
  readonly kind?: Kind
  readonly image?: string
}

/** Typed oldest first, as people read it. */
function history(...ran: readonly Ran[]): readonly Attempt[] {
  return ran
    .map(([to, status, web1, web2, more], index): Attempt => {
      const { isRollback = false, kind = 'code', image }: More = more ?? {}
      const code = anOrder({ revision: to, branch: `branch-${to[0]}` })
      const order = kind === 'code' ? code : swapOrder(kind, code, image)
      const results = Object.entries({ web1, web2 }).flatMap(([name, result]) =>
        result ? [[name, result] as const] : [],
      )
      return {
        deployment: aDeployment({ id: `d${index}`, order, status, isRollback }),
        results: new Map(results),
      }
    })
    .reverse()
}

function swapOrder(kind: SwapOrder['kind'], code: CodeOrder, image = 'repo@sha256:aa'): SwapOrder {
  return { ...code, kind, image, mirrors: [], registries: [] }
}

function withImage(digest: string): HostResult {
  return { status: 'succeeded', proof: 'served', previous: undefined, digest }
}

/** What a swap that did not end well was seen to leave. */
function sawImage(status: 'failed' | 'unknown', image: string): HostResult {
  const now: Sighting = { head: undefined, served: undefined, container: 'running', image }
  return { status, step: 'swap', because: broken, now }
}

const [X, Y] = ['registry.example.com/creator@sha256:xx', 'registry.example.com/creator@sha256:yy'] as const
const swap = (image: string): More => ({ kind: 'full', image })
const full = (to: Revision, image: string): Ran => good(to, swap(image))
const code = (to: Revision, image: string): Ran => [to, 'succeeded', withImage(image), withImage(image)]
const rolledBack = (to: Revision, image: string): Ran => good(to, { ...swap(image), isRollback: true })

const good = (to: Revision, more?: More): Ran => [to, 'succeeded', ok, ok, more]
const back = (to: Revision): Ran => good(to, { isRollback: true })

describe('a rollback without a revision', () => {
  it.each<[string, readonly Ran[], Revision]>([
    ['goes to the one before the current one', [good(A), good(B)], A],
    ['takes the same one twice for one', [good(A), good(B), good(B)], A],
    [
      'passes over what never went well',
      [good(A), [B, 'failed', stopped('verify', B)], [C, 'partial', ok, stopped('verify', C)]],
      A,
    ],
    // The last good one, not the one before: what runs may be the failed one.
    [
      'from one that failed on a host goes to the last that went well',
      [good(A), good(B), [C, 'failed', stopped('verify', C), untouched]],
      B,
    ],
    [
      'from one whose preflight failed leaves what is really there',
      [good(A), good(B), [C, 'failed', stopped('preflight', B, B), untouched]],
      A,
    ],
    [
      'passes over one that was put back because the other host failed',
      [good(A), good(B), [C, 'failed', putBack(B), stopped('reset', B, B)]],
      A,
    ],
    [
      'from one that is served after a failure goes to the last that went well',
      [good(A), good(B), [C, 'failed', stopped('verify', B, C)]],
      B,
    ],
    [
      'passes over one that reached no host',
      [good(A), good(B), [C, 'failed', stopped('connect'), untouched]],
      A,
    ],
    [
      'passes over one that could not be fetched',
      [good(A), good(B), [C, 'failed', stopped('fetch', B), stopped('fetch', B)]],
      A,
    ],
    [
      'passes over one that was cancelled, rejected or never approved',
      [good(A), good(B), [C, 'cancelled'], [C, 'rejected'], [C, 'expired'], [C, 'awaiting']],
      A,
    ],
    [
      'from one of which nothing is known goes to the last that went well',
      [good(A), good(B), [C, 'interrupted']],
      B,
    ],
    [
      'from one that was lost on the way goes to the last that went well',
      [good(A), good(B), [C, 'interrupted', lost()]],
      B,
    ],
    [
      'from one that was lost before it changed anything does not stop there',
      [good(A), good(B), [C, 'interrupted', lost(B), untouched]],
      A,
    ],
    ['from one on a single host goes to what all had', [good(A), good(B), [C, 'succeeded', ok]], B],
    [
      'counts what hosts took one after the other',
      [good(A), [B, 'partial', ok, stopped('reset', A)], [B, 'succeeded', undefined, ok], good(C)],
      B,
    ],
    ['after a rollback goes further back, never forward again', [good(A), good(B), good(C), back(B)], A],
    [
      'after a rollback and a new deployment goes to where it was rolled back to',
      [good(A), good(B), back(A), good(C)],
      A,
    ],
    [
      'tries one again that did not succeed',
      [good(A), good(B), good(C), [B, 'partial', ok, stopped('reset', C), { isRollback: true }]],
      B,
    ],
    [
      'passes over one that failed before it began',
      [good(A), good(B), [A, 'failed', stopped('connect'), untouched, { isRollback: true }]],
      A,
    ],
    ['takes a container for the same whose image is told only later', [good(A), code(B, X)], A],
    ['stays with the container that is there now', [good(A), good(B, { kind: 'full' }), good(C)], B],
    [
      'counts what ran before a swap that failed',
      [good(A), good(B), [B, 'failed', sawImage('failed', X), untouched, { kind: 'container' }]],
      A,
    ],
    [
      'counts what ran before a swap that was put back because the other host failed',
      [good(A), good(B), [B, 'failed', putBack(B), sawImage('failed', X), { kind: 'container' }]],
      A,
    ],
    [
      'counts what ran before a swap whose end was seen to be none',
      [good(A), good(B), [B, 'interrupted', sawImage('unknown', X), untouched, { kind: 'container' }]],
      A,
    ],
    [
      'knows a container by the digest of its image, whichever place gave it',
      [full(A, X), code(B, 'mirror.example.com/creator@sha256:xx'), full(C, `other@sha256:xx`), code(C, X)],
      B,
    ],
  ])('%s', (_, ran, to) => {
    expect(rollbackTo(history(...ran), target, undefined)).toEqual({
      kind: 'yes',
      value: { revision: to, branch: `branch-${to[0]}`, container: 'there' },
    })
  })

  it.each<[string, readonly Ran[], readonly string[]]>([
    ['nothing was deployed', [], []],
    ['there is only one', [good(A), good(A)], []],
    ['only one host had it', [[A, 'succeeded', ok], good(B)], []],
    ['all before was rolled back from', [good(A), good(B), back(A)], ['bbbbbbb']],
  ])('is refused when %s, with what can be named', (_, ran, known) => {
    expect(rollbackTo(history(...ran), target, undefined)).toEqual(no(undefined, known))
  })
})

describe('a rollback to what ran in another container', () => {
  it.each<[string, readonly Ran[], Revision]>([
    ['brings back its image, too', [full(A, X), full(B, Y)], A],
    ['is one of the image alone', [full(A, X), [A, 'succeeded', ok, ok, { kind: 'container', image: Y }]], A],
    ['knows the image from a code deploy', [code(A, X), full(B, Y)], A],
    [
      'knows it from a later code deploy into the same container',
      [good(A), code(B, X), back(A), full(C, Y)],
      A,
    ],
    ['knows it from the deploy that brought the container', [full(B, X), good(A), full(C, Y)], A],
    ['replaces one that somebody made by hand', [code(A, X), code(B, Y)], A],
    [
      'replaces one of which nothing is known',
      [full(A, X), [B, 'interrupted', undefined, undefined, swap(Y)]],
      A,
    ],
    [
      'replaces one that may have been swapped',
      [full(A, X), [B, 'interrupted', lost(), untouched, swap(Y)]],
      A,
    ],
    [
      'goes for both hosts where one has it still',
      [full(A, X), [B, 'partial', ok, sawImage('failed', X), swap(Y)]],
      A,
    ],
    [
      'goes for both hosts where one was seen to have the new one in spite of its failure',
      [full(A, X), [B, 'failed', sawImage('failed', Y), untouched, swap(Y)]],
      A,
    ],
    ['passes over what was rolled back from', [full(A, X), full(B, Y), full(C, X), rolledBack(B, Y)], A],
    [
      'is tried again after it failed',
      [full(A, X), full(B, Y), [A, 'partial', ok, sawImage('failed', Y), { ...swap(X), isRollback: true }]],
      A,
    ],
  ])('%s', (_, ran, to) => {
    expect(rollbackTo(history(...ran), target, undefined)).toMatchObject({
      kind: 'yes',
      value: { revision: to, container: { image: X } },
    })
  })

  it.each([
    ['a', { revision: A, container: { image: X } }],
    ['b', { revision: B, container: 'there' }],
    ['c', { revision: C, container: { image: X } }],
  ])('by its revision %s is what is not there now, rather without a new container', (start, found) => {
    const ran = [full(A, X), full(C, X), full(B, X), full(B, Y), good(C)]
    const typed = rollbackTo(history(...ran), target, start.repeat(7))
    expect(typed).toMatchObject({ kind: 'yes', value: found })
  })

  it.each<[string, readonly Ran[]]>([
    ['nobody knows of which image it was', [good(A), full(B, Y)]],
    [
      'the hosts had not the same one',
      [[A, 'succeeded', withImage(X), withImage(Y)], full(B, 'z@sha256:zz')],
    ],
    ['nobody knows which one is there', [good(B), good(A), [A, 'interrupted', lost(), untouched, swap(Y)]]],
  ])('is refused when %s', (_, ran) => {
    for (const typed of [undefined, 'aaaaaaa']) {
      expect(rollbackTo(history(...ran), target, typed)).toEqual({
        kind: 'refused',
        refusal: { reason: 'no-image', target: id, revision: A, known: [] },
      })
    }
  })
})

describe('what was to be brought back', () => {
  const swapped = swapOrder('full', anOrder({ revision: A }), X)
  it.each([
    ['still is a release in another container', [full(A, X), full(B, Y)], swapped, true],
    ['is none of another image', [full(A, X), full(B, Y)], { ...swapped, image: Y }, false],
    ['is none any more that needs no new container', [full(A, X), full(B, Y), full(A, X)], swapped, false],
    ['is code in the container that is there', [good(A), good(B)], anOrder({ revision: A }), true],
    [
      'is not code alone where the container is gone',
      [full(A, X), full(B, Y)],
      anOrder({ revision: A }),
      false,
    ],
  ])('%s', (_, ran, order, isOne) => {
    expect(isStillRelease(history(...ran), target, order)).toBe(isOne)
  })
})

describe('a rollback to a revision', () => {
  const ran = [
    good(A),
    good(B),
    good(C),
    back(B),
    [revision('d'), 'failed', stopped('verify', revision('d'))],
  ] as const

  it.each([
    ['aaaaaaa', A],
    [A, A],
    // Rolled back from once, and wanted again.
    ['ccccccc', C],
    ['bbbbbbb', B],
  ])('%s takes it when it succeeded on all hosts', (typed, to) => {
    expect(rollbackTo(history(...ran), target, typed)).toMatchObject({ kind: 'yes', value: { revision: to } })
  })

  it.each(['ddddddd', 'eeeeeee'])(
    '%s that never succeeded is refused, with those that did, newest first',
    typed => {
      expect(rollbackTo(history(...ran), target, typed)).toEqual(no(typed, ['bbbbbbb', 'ccccccc', 'aaaaaaa']))
    },
  )

  it('that a new host never had is refused', () => {
    const more = aTarget({
      hosts: [...target.hosts, { name: 'web3', address: 'web3', port: 22, user: 'd', hostKeys: [] }],
    })
    expect(rollbackTo(history(...ran), more, 'aaaaaaa')).toEqual(no('aaaaaaa', []))
  })

  it('whose start is that of two is refused with both', () => {
    const twin = revisionFrom(A.replace(/a$/, 'b')) ?? A
    expect(rollbackTo(history(good(A), good(twin)), target, 'aaaaaaa')).toEqual({
      kind: 'refused',
      refusal: { reason: 'ambiguous-ref', service: 'creator', ref: 'aaaaaaa', choices: [A, twin] },
    })
  })
})

describe('while a deployment of the target', () => {
  it.each(['queued', 'running'] as const)('is %s, every rollback is refused', status => {
    const attempts = history(good(A), good(B), [C, status])
    for (const typed of [undefined, 'aaaaaaa']) {
      expect(rollbackTo(attempts, target, typed)).toEqual({
        kind: 'refused',
        refusal: {
          reason: 'unfinished',
          asked: 'rollback',
          target: id,
          deployment: 'd2',
          revision: C,
          by: 'U01ALICE',
        },
      })
    }
  })
})

const id = { service: 'creator', environment: 'production' }

function no(typed: string | undefined, known: readonly string[]) {
  return { kind: 'refused', refusal: { reason: 'no-rollback', target: id, typed, known } }
}
