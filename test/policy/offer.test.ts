import { describe, expect, it } from 'vitest'
import type { DeploymentStatus } from '../../src/deployment.ts'
import type { Offer } from '../../src/event.ts'
import type { HostResult } from '../../src/host-result.ts'
import type { Order } from '../../src/order.ts'
import { isAsOffered, offersAfter } from '../../src/policy/offer.ts'
import type { Attempt } from '../../src/ports/records/history.ts'
import { revision } from '../plan/orders.ts'
import { aDeployment, anOrder } from '../sentences/deployments.ts'
import { aTarget } from './configs.ts'

const target = aTarget()
const [A, B] = [revision('a'), revision('b')]
const X = 'registry.example.com/creator@sha256:xx'
const Y = 'registry.example.com/creator@sha256:yy'

const ok: HostResult = { status: 'succeeded', proof: 'served', previous: undefined, digest: undefined }
const untouched: HostResult = { status: 'untouched' }
const failed = (step: string): HostResult => ({
  status: 'failed',
  step,
  because: { kind: 'exit', code: 1, output: '' },
  now: undefined,
})

function attempt(
  id: string,
  order: Order,
  status: DeploymentStatus = 'succeeded',
  results: readonly HostResult[] = [ok, ok],
  isRollback = false,
): Attempt {
  const named = results.map((result, index) => [`web${index + 1}`, result] as const)
  return { deployment: aDeployment({ id, order, status, isRollback }), results: new Map(named) }
}

const code = (to: typeof A) => anOrder({ revision: to })
const full = (to: typeof A, image: string): Order => ({ ...code(to), kind: 'full', image, mirrors: [] })
const first = attempt('d1', code(A))
const again = (...hosts: readonly string[]): Offer => ({ kind: 'retry', hosts })
const toA: Offer = { kind: 'rollback', revision: A, image: undefined, hosts: ['web1', 'web2'] }

describe('the end of a deployment', () => {
  it.each<[string, readonly Attempt[], readonly Offer[]]>([
    ['that succeeded offers to go back', [first, attempt('d2', code(B))], [toA]],
    [
      'names the image where that is another one',
      [attempt('d1', full(A, X)), attempt('d2', full(B, Y))],
      [{ ...toA, image: X }],
    ],
    [
      'that came to some hosts only',
      [first, attempt('d2', code(B), 'partial', [ok, failed('reset')])],
      [again('web2'), toA],
    ],
    [
      'that failed after the switch',
      [first, attempt('d2', code(B), 'failed', [failed('verify'), untouched])],
      [again('web1', 'web2'), toA],
    ],
    [
      'of which nothing is known',
      [first, attempt('d2', code(B), 'interrupted', [])],
      [again('web1', 'web2'), toA],
    ],
    [
      'that changed no host offers to do it again alone',
      [first, attempt('d2', code(B), 'failed', [failed('connect')])],
      [again('web1', 'web2')],
    ],
    ['that was cancelled in time', [first, attempt('d2', code(B), 'cancelled', [])], []],
    ['that was the first one', [attempt('d2', code(B))], []],
    [
      'behind which another one waits',
      [first, attempt('d2', code(B)), attempt('d3', code(A), 'queued', [])],
      [],
    ],
    [
      'behind which another one waits, and that fell short',
      [first, attempt('d2', code(B), 'partial', [ok, untouched]), attempt('d3', code(A), 'queued', [])],
      [],
    ],
    [
      'that is a rollback offers a lock',
      [first, attempt('d1b', code(B)), attempt('d2', code(A), 'succeeded', [ok, ok], true)],
      [{ kind: 'lock', from: B }],
    ],
    [
      'that is a rollback which failed offers no lock',
      [first, attempt('d1b', code(B)), attempt('d2', code(A), 'partial', [ok, failed('reset')], true)],
      [again('web2')],
    ],
    [
      'that is a rollback done again names what the first one went back from',
      [
        ...[first, attempt('d1b', code(B)), attempt('d1c', code(A), 'partial', [ok, failed('reset')], true)],
        attempt('d2', code(A), 'succeeded', [ok, ok], true),
      ],
      [{ kind: 'lock', from: B }],
    ],
  ])('%s', (_, ran, offers) => {
    expect(offersAfter(ran.toReversed(), target, 'd2')).toEqual(offers)
  })
})

describe('a button says what is brought back now', () => {
  const release = { revision: A, branch: 'main', container: { image: X } } as const
  const offer: Offer = { ...toA, image: X }
  it.each<[string, readonly Offer[], boolean]>([
    ['when it is all the same', [offer], true],
    ['beside another one', [{ kind: 'lock', from: A }, offer], true],
    ['not with another image', [{ ...offer, image: undefined }], false],
    ['not with another revision', [{ ...offer, revision: B }], false],
    ['not with other hosts', [{ ...offer, hosts: ['web1'] }], false],
    ['not when it locks', [{ kind: 'lock', from: A }], false],
    ['not when there is none', [], false],
  ])('%s', (_, said, isIt) => {
    expect(isAsOffered(release, target, said)).toBe(isIt)
  })
})
