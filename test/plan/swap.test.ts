import { describe, expect, it } from 'vitest'
import type { SwapOrder } from '../../src/order.ts'
import type { Facts } from '../../src/plan/facts.ts'
import type { Move, Undo } from '../../src/plan/moves.ts'
import { activationOf, preparationOf } from '../../src/plan/plan.ts'
import { prune } from '../../src/plan/steps.ts'
import { Secret } from '../../src/secret.ts'
import { circumstances, container, IMAGE, NEW, OLD, order, swapOrder } from './orders.ts'

const HERE: Partial<Facts> = { head: NEW }
const ABSENT: Partial<Facts> = { containers: new Map() }
const [group] = order().groups
if (!group) throw new Error('the order has no container')

/** Each move by its step's name, with what takes it back; or why there is none. */
function moves(about: SwapOrder, changes: Partial<Facts>): readonly string[] | string {
  const plan = activationOf(about, circumstances(changes))
  return plan.kind === 'impossible' ? plan.because.kind : plan.moves.map(shown)
}

const back = ({ steps }: Undo) => steps.map(({ name }) => name).join(', ')

function shown(move: Move): string {
  switch (move.kind) {
    case 'prove':
      return `prove(${move.touch ? 'touch' : 'fresh'}${move.provings.some(proving => proving.reloadsByReset) ? ', after a reload' : ''})`
    case 'step':
      return move.undo ? `${move.step.name} ⟲ ${back(move.undo)}` : move.step.name
    case 'swap':
      return `${move.step.name} ⟲ ${back(move.undo)}`
    default:
      return move.step.name
  }
}

function preparation(about: SwapOrder, changes: Partial<Facts>): readonly string[] | string {
  const plan = preparationOf(about, circumstances(changes))
  return plan.kind === 'impossible' ? plan.because.kind : plan.moves.map(({ name }) => name)
}

describe('a container deploy', () => {
  it('pulls, then makes, swaps and proves a container that loads the code by itself', () => {
    expect(preparation(swapOrder('container'), HERE)).toEqual(['pull'])
    expect(moves(swapOrder('container'), HERE)).toEqual([
      'create',
      'swap ⟲ swap-back',
      'prove(fresh)',
      'prune',
    ])
  })

  it.each([
    ['stop', ''],
    ['rollback', 'back'],
  ] as const)(
    'on_failure: %s makes the same moves, and tells the last one whether it may be taken back',
    (onFailure, back) => {
      const about = swapOrder('container', { onFailure })
      expect(moves(about, HERE)).toEqual(['create', 'swap ⟲ swap-back', 'prove(fresh)', 'prune'])
      expect(prune(about).call).toEqual(['prune', back, 'creator', 'production', 'creator'])
    },
  )

  it('asks the preflight in the new container, before the proof', () => {
    expect(moves(swapOrder('container', { preflight: ['true'] }), HERE)).toEqual([
      'create',
      'swap ⟲ swap-back',
      'preflight',
      'prove(fresh)',
      'prune',
    ])
  })

  it.each(['exited', 'created', 'paused', 'restarting', 'running'])(
    'takes the place of one that is %s',
    state => {
      const changes = { ...HERE, containers: new Map([['creator', container({ state })]]) }
      expect(moves(swapOrder('container'), changes)).toContain('swap ⟲ swap-back')
    },
  )

  it('needs no container to be there', () => {
    expect(moves(swapOrder('container'), { ...HERE, ...ABSENT })).toContain('swap ⟲ take-away')
  })

  it('keeps the code, so the checkout must be at the revision that was ordered (G2)', () => {
    expect(preparation(swapOrder('container'), { head: OLD })).toBe('other-revision')
    expect(moves(swapOrder('container'), { head: OLD })).toBe('other-revision')
    expect(preparation(swapOrder('container'), { head: undefined, checkout: 'none' })).toBe('other-revision')
  })

  it('asks the same where the revision is in the image: the container serves the checkout all the same (G2, G6)', () => {
    const groups = [{ ...group, image: 'registry.example.com/creator:{revision}' }]
    expect(preparation(swapOrder('container', { groups }), { head: OLD })).toBe('other-revision')
    expect(moves(swapOrder('container', { groups }), { head: OLD })).toBe('other-revision')
  })
})

describe('a full deploy', () => {
  it('fetches what is missing, and pulls', () => {
    expect(preparation(swapOrder('full'), { hasRevision: false })).toEqual(['fetch', 'pull'])
    expect(preparation(swapOrder('full'), { checkout: 'none' })).toEqual(['clone', 'pull'])
    expect(preparation(swapOrder('full'), {})).toEqual(['pull'])
  })

  it('swaps first, so that the old container never loads the new code; both can be taken back', () => {
    expect(moves(swapOrder('full', { preflight: ['true'] }), { wouldLose: true })).toEqual([
      'create',
      'swap ⟲ swap-back',
      'keep',
      'reset ⟲ put-back',
      'preflight',
      'prove(touch)',
      'prune',
    ])
  })

  it.each<[string, Partial<Facts>, string]>([
    ['no container', ABSENT, 'take-away'],
    ['no code', { head: undefined }, 'swap-back'],
    ['this very code', HERE, 'swap-back'],
  ])('asks the preflight in the new container where there is %s, too', (_, changes, back) => {
    expect(moves(swapOrder('full', { preflight: ['true'] }), changes).slice(1)).toEqual([
      'create',
      `swap ⟲ ${back}`,
      'preflight',
      'prove(fresh)',
      'prune',
    ])
  })

  it('lets a reload pass that the reset sets off', () => {
    expect(moves(swapOrder('full'), { touchInDiff: ['.reload'] })).toEqual([
      'create',
      'swap ⟲ swap-back',
      'reloads',
      'reset ⟲ put-back',
      'prove(touch, after a reload)',
      'prune',
    ])
  })

  it.each<[string, Partial<Facts>, string, string]>([
    ['no container', ABSENT, 'reset ⟲ put-back', 'take-away'],
    ['no code', { head: undefined }, 'reset', 'swap-back'],
    ['this very code', HERE, 'reset', 'swap-back'],
  ])(
    'brings the code first where there is %s: the new container loads it by itself',
    (_, changes, reset, back) => {
      expect(moves(swapOrder('full'), changes)).toEqual([
        reset,
        'create',
        `swap ⟲ ${back}`,
        'prove(fresh)',
        'prune',
      ])
    },
  )
})

describe('both', () => {
  it.each<[string, Partial<Facts>, string]>([
    ['a tool is missing', { missingTools: ['docker'] }, 'tools-missing'],
    ['Docker does not answer', { dockerError: 'no' }, 'exit'],
    ['the path holds something else', { checkout: 'other' }, 'path-taken'],
    [
      'the container is dead',
      { containers: new Map([['creator', container({ state: 'dead' })]]) },
      'container-state',
    ],
  ])('change nothing where %s', (_, changes, why) => {
    expect(preparation(swapOrder('full'), changes)).toBe(why)
    expect(moves(swapOrder('full'), changes)).toBe(why)
  })

  it('need the secrets of the container and of the registries', () => {
    const secret = [{ ...group, env: { PASSWORD: { secret: 'CREATOR_DB' } } }]
    expect(preparation(swapOrder('full', { groups: secret }), {})).toBe('secret-missing')
    const registries = [{ name: 'registry.example.com', username: 'ci', password: { secret: 'PULL' } }]
    expect(preparation(swapOrder('full', { registries }), {})).toBe('secret-missing')
  })

  it('pull from mirrors first, each with its own password; make the container from what was pulled (G8)', () => {
    const mirror = `mirror.example.com:5000/creator@sha256:${'d'.repeat(64)}`
    const password = { secret: 'PULL' }
    const registries = [{ name: 'registry.example.com', username: 'ci', password }]
    const about = swapOrder('container', { mirrors: [mirror], registries })
    const now = circumstances(HERE, { secretOf: () => 'hunter2' })
    const prepared = preparationOf(about, now)
    const pull = prepared.kind === 'planned' ? prepared.moves.find(({ name }) => name === 'pull') : undefined
    expect(pull?.call.map(String)).toEqual([
      ...['pull', mirror, '', '', ''],
      ...[IMAGE, 'registry.example.com', 'ci', '[REDACTED]'],
    ])
    const secret = pull?.call.at(-1)
    expect(secret instanceof Secret && secret.reveal()).toBe('hunter2')
    const plan = activationOf(about, now)
    const words = plan.kind === 'planned' && plan.moves[0]?.kind === 'step' ? plan.moves[0].step.call : []
    expect(words.slice(0, 8).map(String)).toEqual([
      ...['create', 'creator', 'creator', 'production', '[REDACTED]'],
      ...['2', mirror, IMAGE],
    ])
    expect(words.join(' ')).toContain('--restart unless-stopped --stop-signal SIGTERM --stop-timeout 30')
    expect(words.join(' ')).toContain('-v /srv/creator:/app -P --label touchdown.service=creator')
    expect(words).toContain(`touchdown.revision=${NEW}`)
    expect(words).not.toContain('--name')
  })
})
