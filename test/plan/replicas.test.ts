import { describe, expect, it } from 'vitest'
import type { Group, Order, SwapOrder } from '../../src/order.ts'
import type { Facts } from '../../src/plan/facts.ts'
import type { Move, Undo } from '../../src/plan/moves.ts'
import { activationOf, preparationOf } from '../../src/plan/plan.ts'
import { leftOver, replicasOf } from '../../src/plan/replica.ts'
import { look, prune } from '../../src/plan/steps.ts'
import { Secret } from '../../src/secret.ts'
import { circumstances, container, facts, HOST, IMAGE, NEW, order, swapOrder } from './orders.ts'

const [alone] = order().groups
if (!alone) throw new Error('the order has no container')
const pair = (more: Partial<Group> = {}): readonly Group[] => [{ ...alone, replicas: 2, ...more }]
const HOOKS = { beforeReplace: ['drain', '{replica}', '{port:8000}'], afterReplace: ['undrain', '{host}'] }

/** Both run, and the checkout was seen in them. */
const BOTH = {
  containers: new Map([
    ['creator-1', container()],
    ['creator-2', container({ id: 'c2' })],
  ]),
  mountsKnown: ['c1 2026-11-21T00:00:00Z 1:2', 'c2 2026-11-21T00:00:00Z 1:2'],
}
const FIRST = { ...BOTH, containers: new Map([['creator-1', container()]]) }

function moves(about: Order, changes: Partial<Facts>, digest?: string): readonly Move[] {
  const plan = activationOf(about, circumstances(changes, { digest }))
  if (plan.kind === 'impossible') throw new Error(plan.because.kind)
  return plan.moves
}

const back = ({ steps }: Undo) => steps.map(({ name }) => name).join(', ')

function shown(move: Move): string {
  switch (move.kind) {
    case 'prove': {
      const proved = move.provings.map(({ name, isFresh }) => `${name}${isFresh ? ' fresh' : ''}`).join(' + ')
      return `${move.touch ? `${move.touch.name} ${move.touch.call.at(-1)}, ` : ''}${proved}`
    }
    case 'step':
      return move.undo ? `${move.step.name} ⟲ ${back(move.undo)}` : move.step.name
    case 'swap':
      return `${move.step.name} ⟲ ${back(move.undo)}`
    default:
      return move.step.name
  }
}

const swapping = (kind: SwapOrder['kind'], more: Partial<Group>, changes: Partial<Facts>) =>
  moves(swapOrder(kind, { groups: pair(more) }), changes).map(shown)

describe('the containers of a group', () => {
  it('are numbered from 1 where replicas are asked for, also for one', () => {
    const names = (replicas: number | undefined) =>
      replicasOf({ groups: [{ ...alone, replicas }] }).map(({ name }) => name)
    expect(names(undefined)).toEqual(['creator'])
    expect(names(1)).toEqual(['creator-1'])
    expect(names(3)).toEqual(['creator-1', 'creator-2', 'creator-3'])
  })

  it('know who they are: hostname, label and {replica}; the service’s own words come after ours', () => {
    const own = { run: ['-p', '80{replica}:8000'], env: { ME: 'app{replica}', DB: { secret: 'DB' } } }
    const about = swapOrder('container', { groups: pair(own) })
    const plan = activationOf(about, circumstances({ ...BOTH, head: NEW }, { secretOf: () => 's' }))
    const created = plan.kind === 'planned' ? plan.moves.filter(move => shown(move).startsWith('create')) : []
    const second = created[1]?.kind === 'step' ? created[1].step : undefined
    expect(second?.call.slice(0, 2)).toEqual(['create', 'creator-2'])
    const variables = second?.call[4]
    expect(variables instanceof Secret && variables.reveal()).toBe('ME=app2\nDB=s\n')
    const words = second?.call.map(String) ?? []
    expect(words).toContain('touchdown.replica=2')
    expect(words.indexOf('creator-2.web1')).toBe(words.indexOf('--hostname') + 1)
    expect(words.indexOf('--hostname')).toBeLessThan(words.indexOf('802:8000'))
  })

  it('that are not wanted any more are told from those that are', () => {
    const running = ['creator', 'creator-1', 'creator-2', 'creator-3']
    expect(leftOver({ groups: pair() }, facts({ running }))).toEqual(['creator', 'creator-3'])
    expect(leftOver(order(), facts())).toEqual([])
  })

  it('are all looked at, with every reload file', () => {
    const words = (about: Partial<Order>) =>
      look(order({ groups: pair(), ...about, kind: 'code' }), HOST).call
    expect(words({}).slice(4)).toEqual(['creator', 'production', '1', '.reload', 'creator-1', 'creator-2'])
    expect(words({ touch: '{host}.{replica}' }).slice(6)).toEqual([
      ...['2', 'web1.1', 'web1.2', 'creator-1', 'creator-2'],
    ])
    expect(prune(order({ groups: pair() })).call).toEqual([
      ...['prune', '', 'creator', 'production', 'creator-1', 'creator-2'],
    ])
  })
})

describe('a container deploy', () => {
  it('replaces and proves one after another, and tidies up when all are proved', () => {
    expect(swapping('container', {}, { ...BOTH, head: NEW })).toEqual([
      'create creator-1',
      'swap creator-1 ⟲ swap-back creator-1',
      'verify creator-1 fresh',
      'create creator-2',
      'swap creator-2 ⟲ swap-back creator-2',
      'verify creator-2 fresh',
      'prune',
    ])
  })

  it('drains before and lets in after, and the same way back', () => {
    const [, before, swap, , after] = swapping('container', HOOKS, { ...BOTH, head: NEW })
    expect([before, swap, after]).toEqual([
      'before_replace creator-1 ⟲ after_replace creator-1',
      'swap creator-1 ⟲ swap-back creator-1, after_replace creator-1',
      'after_replace creator-1 ⟲ before_replace creator-1, swap-back creator-1, after_replace creator-1',
    ])
  })

  it('drains none that ends again and again, and lets it in on the way back when it was let in', () => {
    const containers = new Map([...FIRST.containers, ['creator-2', container({ state: 'restarting' })]])
    const all = swapping('container', HOOKS, { containers, head: NEW })
    expect(all.slice(all.indexOf('create creator-2'))).toEqual([
      'create creator-2',
      'swap creator-2 ⟲ swap-back creator-2',
      'verify creator-2 fresh',
      'after_replace creator-2 ⟲ before_replace creator-2, swap-back creator-2, after_replace creator-2',
      'prune',
    ])
  })

  it('drains nothing that is not there', () => {
    const all = swapping('container', HOOKS, { ...FIRST, head: NEW })
    expect(all).toContain('before_replace creator-1 ⟲ after_replace creator-1')
    expect(all).not.toContain('before_replace creator-2 ⟲ after_replace creator-2')
    expect(all.slice(all.indexOf('create creator-2'))).toEqual([
      'create creator-2',
      'swap creator-2 ⟲ take-away creator-2',
      'verify creator-2 fresh',
      'after_replace creator-2 ⟲ before_replace creator-2, take-away creator-2',
      'prune',
    ])
  })

  it('leaves the ports of a hook to the host, which knows them at that moment', () => {
    const all = moves(swapOrder('container', { groups: pair(HOOKS) }), { ...BOTH, head: NEW })
    const calls = all.flatMap(move => (move.kind === 'step' ? [move.step.call] : []))
    expect(calls).toContainEqual(['hook', 'before', 'creator-2', 'drain', '2', '{port:8000}'])
    expect(calls).toContainEqual(['hook', 'after', 'creator-2', 'undrain', 'web1'])
  })

  it('waits for the start-up time where it is longer than what always is waited', () => {
    const settles = (startupMs: number) =>
      moves(swapOrder('container', { groups: pair({ startupMs }) }), { ...BOTH, head: NEW }).flatMap(move =>
        move.kind === 'swap' ? [move.step.call.at(-1)] : [],
      )
    expect(settles(0)).toEqual(['3', '3'])
    expect(settles(9_500)).toEqual(['10', '10'])
  })
})

describe('a full deploy', () => {
  it('swaps all, resets once, and touches the file that they share once', () => {
    expect(swapping('full', {}, BOTH)).toEqual([
      'create creator-1',
      'swap creator-1 ⟲ swap-back creator-1',
      'create creator-2',
      'swap creator-2 ⟲ swap-back creator-2',
      'reset ⟲ put-back',
      'touch .reload, verify creator-1 + verify creator-2',
      'prune',
    ])
  })

  it('brings the code first only where none of them is there', () => {
    expect(swapping('full', {}, { containers: new Map() })[0]).toBe('reset ⟲ put-back')
    expect(swapping('full', {}, FIRST)[0]).toBe('create creator-1')
  })
})

describe('a code deploy', () => {
  const deploying = (touch: string, changes: Partial<Facts>, more = {}) =>
    moves(order({ groups: pair(), touch, ...more }), changes, IMAGE).map(shown)

  it('resets once and touches once, when they watch one file', () => {
    expect(deploying('.reload', BOTH, { preflight: ['true'] })).toEqual([
      'reset',
      'preflight creator-1',
      'touch .reload, verify creator-1 + verify creator-2',
    ])
  })

  it('reloads one after another, when each watches a file of its own', () => {
    expect(deploying('.reload-{replica}', BOTH)).toEqual([
      'reset',
      'touch creator-1 .reload-1, verify creator-1',
      'touch creator-2 .reload-2, verify creator-2',
    ])
  })

  it('lets in, once all are proved, what an earlier deployment has drained and not let in', () => {
    const drained = new Map([['creator-2', '2026-11-21T16:40:03Z']])
    const all = deploying('.reload-{replica}', { ...BOTH, drained }, { groups: pair(HOOKS) })
    expect(all).toEqual([
      'reset',
      'touch creator-1 .reload-1, verify creator-1',
      'touch creator-2 .reload-2, verify creator-2',
      'after_replace creator-2',
    ])
    expect(deploying('.reload', { ...BOTH, drained })).toHaveLength(2)
  })

  it('makes one that is absent, from an image that is pulled once, and does not touch for it alone', () => {
    expect(deploying('.reload', FIRST)).toEqual([
      'reset',
      'run creator-2',
      'touch .reload, verify creator-1 + verify creator-2 fresh',
    ])
    expect(deploying('.reload-{replica}', FIRST).at(-1)).toBe('verify creator-2 fresh')
    const prepared = preparationOf(
      order({ groups: pair() }),
      circumstances({ containers: new Map() }, { digest: IMAGE }),
    )
    expect(prepared.kind === 'planned' && prepared.moves.map(({ name }) => name)).toEqual(['pull'])
  })

  it('counts the reloads of those only whose file the reset changes', () => {
    const changes = { ...BOTH, touchInDiff: ['.reload-2'] }
    const all = moves(order({ groups: pair(), touch: '.reload-{replica}' }), changes)
    expect(all[0]).toMatchObject({ kind: 'count', container: 'creator-2' })
    expect(all.filter(({ kind }) => kind === 'count')).toHaveLength(1)
    const provings = all.flatMap(move => (move.kind === 'prove' ? move.provings : []))
    expect(provings.map(({ reloadsByReset }) => reloadsByReset)).toEqual([undefined, '.reload-2'])
  })

  it('asks of every container what it asks of one', () => {
    const containers = new Map([...BOTH.containers, ['creator-2', container({ state: 'dead' })]])
    const plan = activationOf(order({ groups: pair() }), circumstances({ containers }))
    expect(plan).toMatchObject({ because: { kind: 'container-state', container: 'creator-2' } })
  })
})
