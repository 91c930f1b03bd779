import { describe, expect, it } from 'vitest'
import {
  type Because,
  type CodeOrder,
  type DeploymentStatus,
  type HostResult,
  type Kind,
  type Revision,
  revisionFrom,
  type Sighting,
  type SwapOrder,
} from '../../src/deployment.ts'
import { rollbackTo } from '../../src/policy/rollback.ts'
import type { Attempt } from '../../src/ports.ts'
import { revision } from '../plan/orders.ts'
import { aDeployment, anOrder } from '../sentences/deployments.ts'
import { aTarget } from './configs.ts'

const target = aTarget()
const [A, B, C] = [revision('a'), revision('b'), revision('c')]
const broken: Because = { kind: 'exit', code: 1, output: '' }

const ok: HostResult = { status: 'succeeded', proof: 'served', previous: undefined, digest: undefined }
const untouched: HostResult = { status: 'untouched' }

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
}

/** Typed oldest first, as people read it. */
function history(...ran: readonly Ran[]): readonly Attempt[] {
  return ran
    .map(([to, status, web1, web2, more], index): Attempt => {
      const { isRollback = false, kind = 'code' }: More = more ?? {}
      const code = anOrder({ revision: to, branch: `branch-${to[0]}` })
      const order = kind === 'code' ? code : swapOrder(kind, code)
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

function swapOrder(kind: SwapOrder['kind'], code: CodeOrder): SwapOrder {
  return { ...code, kind, image: 'repo@sha256:aa', mirrors: [], registries: [] }
}

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
    ['stays with the container that is there now', [good(A), good(B, { kind: 'full' }), good(C)], B],
    [
      'counts what ran before a swap that failed',
      [good(A), good(B), [B, 'failed', stopped('swap', B), untouched, { kind: 'container' }]],
      A,
    ],
  ])('%s', (_, ran, to) => {
    expect(rollbackTo(history(...ran), target, undefined)).toEqual({
      kind: 'yes',
      value: { revision: to, branch: `branch-${to[0]}` },
    })
  })

  it.each<[string, readonly Ran[], readonly string[]]>([
    ['nothing was deployed', [], []],
    ['there is only one', [good(A), good(A)], []],
    ['only one host had it', [[A, 'succeeded', ok], good(B)], []],
    ['a new container came since', [good(A), good(B, { kind: 'container' })], []],
    [
      'nobody knows which container is there',
      [good(A), good(B), [B, 'interrupted', lost(), untouched, { kind: 'container' }]],
      [],
    ],
    ['all before was rolled back from', [good(A), good(B), back(A)], ['bbbbbbb']],
  ])('is refused when %s, with what can be named', (_, ran, known) => {
    expect(rollbackTo(history(...ran), target, undefined)).toEqual(no(undefined, known))
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
        refusal: { reason: 'unfinished', target: id, deployment: 'd2', revision: C, by: 'U01ALICE' },
      })
    }
  })
})

const id = { service: 'creator', environment: 'production' }

function no(typed: string | undefined, known: readonly string[]) {
  return { kind: 'refused', refusal: { reason: 'no-rollback', target: id, typed, known } }
}
