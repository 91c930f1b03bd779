import { describe, expect, it } from 'vitest'
import type { Target } from '../../src/config/config.ts'
import type { DeploymentStatus } from '../../src/deployment.ts'
import type { Actor } from '../../src/policy/actor.ts'
import { approversFor, mayDecide, needsApproval, undecidable } from '../../src/policy/approval.ts'
import type { Refusal } from '../../src/refusal.ts'
import { aDeployment } from '../sentences/deployments.ts'
import { aTarget } from './configs.ts'

const target = aTarget({ deployers: ['U01ALICE', 'U02BOB'], approvers: ['U01ALICE', 'U02BOB', 'S0OPS'] })
const tied: Target = { ...target, people: new Map([['cli:alice', 'U01ALICE']]) }
const inChannel = { kind: 'slack', channel: 'C01GEN' } as const
const operations = new Map([['S0OPS', new Set(['U03CAROL', 'U01ALICE'])]])

describe('an approval', () => {
  it.each([
    ['none', 'code', false],
    ['none', 'full', false],
    ['container', 'code', false],
    ['container', 'container', true],
    ['container', 'full', true],
    ['all', 'code', true],
  ] as const)('with approval: %s and a %s deploy is needed: %s', (approval, kind, needed) => {
    expect(needsApproval(aTarget({ approval }), kind)).toBe(needed)
  })

  it('is asked of everybody who is listed but who asks', () => {
    expect(approversFor(target, 'U01ALICE', inChannel)).toEqual({ kind: 'yes', value: ['U02BOB', 'S0OPS'] })
  })

  it('is asked of nobody in a terminal, where it cannot be given', () => {
    const others = aTarget({ approvers: ['U01ALICE', 'cli:ci', 'U02BOB'] })
    expect(approversFor(others, 'U01ALICE', inChannel)).toEqual({ kind: 'yes', value: ['U02BOB'] })
    expect(mayDecide(member('U01ALICE'), others, 'U01ALICE', operations)).toMatchObject({
      refusal: { reason: 'own-approval', others: ['U02BOB'] },
    })
  })

  it('is not asked for where no channel shows its buttons', () => {
    const refusal = { reason: 'no-channel', service: 'creator' }
    expect(approversFor(tied, 'cli:alice', { kind: 'cli' })).toEqual({ kind: 'refused', refusal })
  })

  it('is asked for from a terminal only by whom the configuration ties to somebody in Slack, who is not asked', () => {
    expect(approversFor(tied, 'cli:alice', inChannel)).toEqual({ kind: 'yes', value: ['U02BOB', 'S0OPS'] })
    const refusal = { reason: 'untied', service: 'creator', requestedBy: 'cli:deploy' }
    expect(approversFor(tied, 'cli:deploy', inChannel)).toEqual({ kind: 'refused', refusal })
  })

  it.each([
    [['U01ALICE'], ['U01ALICE']],
    [[], []],
    [['U01ALICE', 'cli:ci'], ['U01ALICE']],
    [['cli:ci'], []],
  ])('is refused at once where nobody else is listed who could give it: %j', (listed, approvers) => {
    expect(approversFor(aTarget({ approvers: listed }), 'U01ALICE', inChannel)).toEqual({
      kind: 'refused',
      refusal: { reason: 'no-approver', service: 'creator', approvers },
    })
  })
})

describe('who may decide', () => {
  it.each([
    ['somebody who is listed', 'U02BOB', 'U02BOB'],
    ['a member of a listed group', 'U03CAROL', 'S0OPS'],
  ])('%s', (_, id, through) => {
    expect(mayDecide(member(id), target, 'U01ALICE', operations)).toEqual({
      kind: 'yes',
      value: { actor: id, through },
    })
  })

  it.each<[string, Actor, Refusal['reason']]>([
    ['who asked for it, listed and in a listed group', member('U01ALICE'), 'own-approval'],
    ['who is not listed', member('U09EVE'), 'not-permitted'],
    ['who may deploy from the terminal only', { id: 'cli:deploy', standing: 'operator' }, 'not-permitted'],
    ['a guest, listed or not', { id: 'U02BOB', standing: 'guest' }, 'not-a-member'],
    ['a stranger of a shared channel', { id: 'U02BOB', standing: 'stranger' }, 'not-a-member'],
    ['a bot', { id: 'U02BOB', standing: 'bot' }, 'not-a-member'],
    ['whose account is closed', { id: 'U02BOB', standing: 'deactivated' }, 'not-a-member'],
    ['of whom Slack says nothing', { id: 'U02BOB', standing: { unknown: 'x' } }, 'member-unknown'],
  ])('not somebody %s', (_, actor, reason) => {
    expect(mayDecide(actor, target, 'U01ALICE', operations)).toMatchObject({ refusal: { reason } })
  })

  it('not a former member of a group, nor anybody by a group that cannot be asked', () => {
    const former = mayDecide(member('U03CAROL'), target, 'U01ALICE', new Map([['S0OPS', new Set<string>()]]))
    expect(former).toMatchObject({ refusal: { reason: 'not-permitted', right: 'approve' } })
    const mute = mayDecide(
      member('U03CAROL'),
      target,
      'U01ALICE',
      new Map([['S0OPS', { unknown: 'ratelimited' }]]),
    )
    expect(mute).toMatchObject({ refusal: { reason: 'groups-unknown' } })
  })

  it('not who typed it in a terminal, nor anybody while nothing says who that is', () => {
    expect(mayDecide(member('U01ALICE'), tied, 'cli:alice', operations)).toMatchObject({
      refusal: { reason: 'own-approval', others: ['U02BOB', 'S0OPS'] },
    })
    expect(mayDecide(member('U02BOB'), tied, 'cli:alice', operations)).toMatchObject({ kind: 'yes' })
    expect(mayDecide(member('U02BOB'), tied, 'cli:deploy', operations)).toMatchObject({
      refusal: { reason: 'untied', requestedBy: 'cli:deploy' },
    })
  })

  it('tells who asked whom to ask', () => {
    expect(mayDecide(member('U01ALICE'), target, 'U01ALICE', operations)).toMatchObject({
      refusal: { others: ['U02BOB', 'S0OPS'] },
    })
  })
})

describe('what awaits no decision', () => {
  const asked = { hash: 'h', askedAt: 0, expiresAt: 1, decision: undefined }
  it.each<[DeploymentStatus, Refusal | undefined]>([
    ['awaiting', undefined],
    ['expired', { reason: 'expired', service: 'creator' }],
    ['cancelled', { reason: 'not-awaiting', service: 'creator', status: 'cancelled' }],
    ['void', { reason: 'not-awaiting', service: 'creator', status: 'void' }],
    ['running', { reason: 'not-awaiting', service: 'creator', status: 'running' }],
  ])('%s', (status, refusal) => {
    expect(undecidable(aDeployment({ status, approval: asked }))).toEqual(refusal)
  })

  it.each(['queued', 'running', 'rejected', 'succeeded', 'void'] as const)(
    'is told by whom it was decided, also when it is %s by now',
    status => {
      const decision = { kind: 'approved', by: 'U02BOB', at: 0 } as const
      expect(undecidable(aDeployment({ status, approval: { ...asked, decision } }))).toEqual({
        reason: 'already-decided',
        service: 'creator',
        decision: 'approved',
        by: 'U02BOB',
      })
    },
  )
})

function member(id: string): Actor {
  return { id, standing: 'member' }
}
