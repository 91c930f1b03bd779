import { describe, expect, it } from 'vitest'
import type { Actor, GroupMembers } from '../../src/policy/actor.ts'
import { authorize, groupsToAsk, mayRead, type Right } from '../../src/policy/authorize.ts'
import type { Refusal } from '../../src/refusal.ts'
import { aTarget } from './configs.ts'

const target = aTarget({ deployers: ['U01ALICE', 'S0BACKEND', 'cli:deploy'], approvers: ['U02BOB', 'S0OPS'] })
const backend = group('S0BACKEND', 'U03CAROL')
const operations = group('S0OPS', 'U04DAVE')
const mute: readonly [string, GroupMembers] = ['S0BACKEND', { unknown: 'Slack answered internal_error' }]

describe('a full member', () => {
  it.each<[string, string, Right, readonly (readonly [string, GroupMembers])[], string]>([
    ['who is a deployer', 'U01ALICE', 'deploy', [], 'U01ALICE'],
    ['who is in a group of deployers', 'U03CAROL', 'deploy', [backend], 'S0BACKEND'],
    ['who is a deployer while the group cannot be asked', 'U01ALICE', 'deploy', [mute], 'U01ALICE'],
    ['who is a deployer', 'U01ALICE', 'cancel', [], 'U01ALICE'],
    ['who is an approver', 'U02BOB', 'cancel', [], 'U02BOB'],
    ['who is in a group of approvers', 'U04DAVE', 'cancel', [backend, operations], 'S0OPS'],
    ['who is in one group while another cannot be asked', 'U04DAVE', 'cancel', [mute, operations], 'S0OPS'],
  ])('%s (%s) may %s', (_, id, right, groups, through) => {
    expect(authorize(member(id), target, new Map(groups), right)).toEqual({
      kind: 'yes',
      value: { actor: id, through },
    })
  })

  const notPermitted = (actor: string, right: Right = 'deploy', permitted = target.deployers): Refusal => ({
    reason: 'not-permitted',
    service: 'creator',
    actor,
    right,
    permitted,
  })
  it.each<[string, string, Right, readonly (readonly [string, GroupMembers])[], Refusal]>([
    ['who is an approver only', 'U02BOB', 'deploy', [backend], notPermitted('U02BOB')],
    ['who is not listed', 'U09EVE', 'deploy', [backend], notPermitted('U09EVE')],
    [
      'who is not listed',
      'U09EVE',
      'cancel',
      [backend, operations],
      notPermitted('U09EVE', 'cancel', ['U01ALICE', 'S0BACKEND', 'cli:deploy', 'U02BOB', 'S0OPS']),
    ],
    [
      'whose id is only longer than a listed one',
      'U01ALICE2',
      'deploy',
      [backend],
      notPermitted('U01ALICE2'),
    ],
    ['whose id is a group of the list', 'S0BACKEND2', 'deploy', [backend], notPermitted('S0BACKEND2')],
    [
      'who may be in a group that cannot be asked',
      'U03CAROL',
      'deploy',
      [mute],
      { reason: 'groups-unknown', service: 'creator', detail: 'S0BACKEND: Slack answered internal_error' },
    ],
    [
      'who may be in a group that nobody asked about',
      'U03CAROL',
      'deploy',
      [],
      { reason: 'groups-unknown', service: 'creator', detail: 'S0BACKEND: its members were not looked up' },
    ],
  ])('%s (%s) may not %s', (_, id, right, groups, refusal) => {
    expect(authorize(member(id), target, new Map(groups), right)).toEqual({ kind: 'refused', refusal })
  })
})

describe('whoever is no full member', () => {
  it.each<[Actor['standing'], Refusal]>([
    ['guest', { reason: 'not-a-member', standing: 'guest' }],
    ['stranger', { reason: 'not-a-member', standing: 'stranger' }],
    ['bot', { reason: 'not-a-member', standing: 'bot' }],
    ['deactivated', { reason: 'not-a-member', standing: 'deactivated' }],
    [{ unknown: 'users.info: ratelimited' }, { reason: 'member-unknown', detail: 'users.info: ratelimited' }],
  ])('(%j) may do and read nothing, though listed by id and in a listed group (A15)', (standing, refusal) => {
    const refused = { kind: 'refused', refusal }
    const groups = new Map([group('S0BACKEND', 'U01ALICE')])
    const actor = { id: 'U01ALICE', standing }
    expect(authorize(actor, target, groups, 'deploy')).toEqual(refused)
    expect(authorize(actor, target, groups, 'cancel')).toEqual(refused)
    expect(mayRead(actor)).toEqual(refused)
  })
})

describe('who uses the terminal', () => {
  it('may deploy when listed as cli:<user>, and not otherwise', () => {
    const decide = (id: string) =>
      authorize({ id, standing: 'operator' }, target, new Map([backend]), 'deploy').kind
    expect(decide('cli:deploy')).toBe('yes')
    expect(decide('cli:root')).toBe('refused')
  })
})

describe('a target without deployers', () => {
  it('is deployed by nobody (B5)', () => {
    const nobody = aTarget({ deployers: [], approvers: ['U02BOB'] })
    for (const actor of [
      member('U01ALICE'),
      member('U02BOB'),
      { id: 'cli:root', standing: 'operator' } as const,
    ]) {
      expect(authorize(actor, nobody, new Map(), 'deploy')).toEqual({
        kind: 'refused',
        refusal: {
          reason: 'not-permitted',
          service: 'creator',
          actor: actor.id,
          right: 'deploy',
          permitted: [],
        },
      })
    }
  })
})

describe('reading', () => {
  it.each(['member', 'operator'] as const)('is open to every %s', standing => {
    expect(mayRead({ id: 'U09EVE', standing }).kind).toBe('yes')
  })
})

describe('the groups to ask', () => {
  it('are those listed for the right, each once', () => {
    const twice = aTarget({
      deployers: ['U01ALICE', 'S0BACKEND', 'cli:S0'],
      approvers: ['S0BACKEND', 'S0OPS'],
    })
    expect(groupsToAsk(twice, 'deploy')).toEqual(['S0BACKEND'])
    expect(groupsToAsk(twice, 'approve')).toEqual(['S0BACKEND', 'S0OPS'])
    expect(groupsToAsk(twice, 'cancel')).toEqual(['S0BACKEND', 'S0OPS'])
  })
})

function member(id: string): Actor {
  return { id, standing: 'member' }
}

function group(id: string, ...members: readonly string[]): readonly [string, GroupMembers] {
  return [id, new Set(members)]
}
