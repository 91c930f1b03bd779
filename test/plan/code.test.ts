import { describe, expect, it } from 'vitest'
import { planActivation, planPreparation } from '../../src/plan/code.ts'
import type { Facts } from '../../src/plan/facts.ts'
import type { Move } from '../../src/plan/moves.ts'
import { verifyUrl } from '../../src/plan/provings.ts'
import { Secret } from '../../src/secret.ts'
import { circumstances, container, HOST, NEW, OLD, order, replica } from './orders.ts'

const as = (state: string) => ({ containers: new Map([['creator', container({ state })]]) })
const absent = { containers: new Map() }
const [GROUP] = order().groups
if (!GROUP) throw new Error('the order has no container')
const REGISTRY = { name: 'registry.example.com', username: 'ci', password: { secret: 'REGISTRY' } }
const DIGEST = `registry.example.com/creator@sha256:${'c'.repeat(64)}`

/** `prove` says what it does in brackets: touch or not, and whether a reload by the reset comes first. */
function shown(move: Move): string {
  if (move.kind !== 'prove') return move.step.name
  const reloadsByReset = move.provings.some(proving => proving.reloadsByReset)
  return `prove(${[move.touch && 'touch', reloadsByReset && 'after the reload by reset'].filter(Boolean).join(', ')})`
}

function moves(changes: Partial<Facts>, orders = order(), digest?: string): readonly string[] | string {
  const plan = planActivation(orders, circumstances(changes, { digest }))
  return plan.kind === 'planned' ? plan.moves.map(shown) : plan.because.kind
}

function preparation(changes: Partial<Facts>): readonly string[] | string {
  const plan = planPreparation(order(), circumstances(changes))
  return plan.kind === 'planned' ? plan.moves.map(step => step.name) : plan.because.kind
}

describe('before any host switches', () => {
  it.each<[string, Partial<Facts>, readonly string[] | string]>([
    ['the commit is there: no network', {}, []],
    ['the commit is not there', { hasRevision: false }, ['fetch']],
    ['another origin', { origin: 'git@example.com:old.git' }, ['fetch']],
    ['no folder', { checkout: 'none' }, ['clone']],
    ['an empty folder', { checkout: 'empty' }, ['clone']],
    ['a folder with something else in it', { checkout: 'other' }, 'path-taken'],
    ['no flock', { missingTools: ['flock'] }, 'tools-missing'],
    ['Docker says no', { dockerError: 'Cannot connect to the Docker daemon' }, 'exit'],
    ['git says no', { gitError: 'fatal: detected dubious ownership' }, 'exit'],
    ['no container and no digest', absent, 'container-absent'],
    ['a restart loop', as('restarting'), 'container-restarting'],
    ['a dead container', as('dead'), 'container-state'],
  ])('%s', (_, changes, expected) => {
    expect(preparation(changes)).toEqual(expected)
  })
})

describe('the image of a container that is absent', () => {
  const pulled = (digest: string, changes: Parameters<typeof order>[0]) => {
    const known = { digest, secretOf: () => 'hunter2hunter2' }
    const plan = planPreparation(order(changes), circumstances(absent, known))
    return plan.kind === 'planned' ? plan.moves.flatMap(({ call }) => call) : plan.because.kind
  }

  it('is pulled before any host switches, as it was recorded, mirrors first, each place with its login', () => {
    const groups = [{ ...GROUP, mirrors: ['m.example.com/{service}'] }]
    const words = pulled(DIGEST, { groups, registries: [REGISTRY] })
    const mirror = `m.example.com/creator@sha256:${'c'.repeat(64)}`
    const login = [REGISTRY.name, 'ci', new Secret('hunter2hunter2')]
    expect(words).toEqual(['pull', mirror, '', '', '', DIGEST, ...login])
    expect(JSON.stringify(words)).not.toContain('hunter2')
  })

  it('that no registry knows is looked for on the host alone', () => {
    const id = `sha256:${'c'.repeat(64)}`
    expect(pulled(id, { groups: [{ ...GROUP, mirrors: ['m.example.com/creator'] }] })).toEqual([
      ...['pull', id, '', '', ''],
    ])
  })
})

describe('the activation', () => {
  it.each<[string, Partial<Facts>, readonly string[]]>([
    ['of a running container', {}, ['reset', 'prove(touch)']],
    ['with something to lose', { wouldLose: true }, ['keep', 'reset', 'prove(touch)']],
    ['of a stopped container', as('exited'), ['reset', 'start', 'prove()']],
    ['of a container never started', as('created'), ['reset', 'start', 'prove()']],
    ['of a paused container', as('paused'), ['reset', 'unpause', 'prove(touch)']],
    ['of a container not seen before', { mountsKnown: [] }, ['reset', 'mount', 'prove(touch)']],
    ['of a container started since', { mountsKnown: ['c1 earlier 1:2'] }, ['reset', 'mount', 'prove(touch)']],
    ['of a folder made anew', { inode: '1:3' }, ['reset', 'mount', 'prove(touch)']],
    [
      'whose reset changes the reload file',
      { touchInDiff: ['.reload'] },
      ['reloads', 'reset', 'prove(touch, after the reload by reset)'],
    ],
  ])('%s', (_, changes, expected) => {
    expect(moves(changes)).toEqual(expected)
  })

  it('makes an absent container from the recorded digest, ordered labels and the service’s own arguments', () => {
    expect(moves(absent, order(), DIGEST)).toEqual(['reset', 'run', 'prove()'])
    const plan = planActivation(order(), circumstances(absent, { digest: DIGEST }))
    const run = plan.kind === 'planned' ? plan.moves.find(move => shown(move) === 'run') : undefined
    const words = run?.kind === 'step' ? run.step.call.map(String) : []
    expect(words.slice(0, 5)).toEqual(['run', 'creator', '[REDACTED]', '1', DIGEST])
    expect(words.join(' ')).toContain(`${DIGEST} --restart unless-stopped`)
    expect(words.join(' ')).toContain(`-v /srv/creator:/app -P --label touchdown.service=creator`)
    expect(words).toContain(`touchdown.revision=${NEW}`)
  })

  it.each([
    ['variables', { groups: [{ ...GROUP, env: { PASSWORD: { secret: 'CREATOR_DB' } } }] }],
    ['registry', { registries: [REGISTRY] }],
  ])('needs the secrets of the %s of a container that it would make', (_, changes) => {
    const secret = order(changes)
    expect(moves(absent, secret, DIGEST)).toBe('secret-missing')
    expect(moves({}, secret, DIGEST)).toEqual(['reset', 'prove(touch)'])
  })

  it('runs the preflight after the reset, and knows what to put back', () => {
    const checked = order({ preflight: ['python3', '-c', 'import wsgi'] })
    expect(moves({}, checked)).toEqual(['reset', 'preflight', 'prove(touch)'])
    const plan = planActivation(checked, circumstances())
    const preflight = plan.kind === 'planned' ? plan.moves[1] : undefined
    expect(preflight?.kind === 'preflight' && preflight.putBack?.call).toEqual([
      'reset',
      '/srv/creator',
      '',
      OLD,
    ])
  })

  it.each<[string, Partial<Facts>, 'reset' | 'start' | undefined]>([
    ['a running container has the old code', {}, undefined],
    ['a reload file in the commit has set off a reload', { touchInDiff: ['.reload'] }, 'reset'],
    ['a stopped container was started on the new code', as('exited'), 'start'],
    ['… whatever file changed', { ...as('exited'), touchInDiff: ['.reload'] }, 'start'],
  ])('knows what may have loaded the new code before the preflight: %s', (_, changes, loadedBy) => {
    const plan = planActivation(order({ preflight: ['true'] }), circumstances(changes))
    const preflight = plan.kind === 'planned' ? plan.moves.find(move => move.kind === 'preflight') : undefined
    expect(preflight).toMatchObject({ loadedBy })
  })

  it('puts nothing back when the reset was made by an attempt that was cut off', () => {
    const plan = planActivation(order({ preflight: ['true'] }), circumstances({ head: NEW }))
    const preflight = plan.kind === 'planned' ? plan.moves.find(move => move.kind === 'preflight') : undefined
    expect(preflight).toMatchObject({ putBack: undefined })
  })

  it('passes revisions only: no word of any step is the branch or another ref, but for the fetch', () => {
    const plan = planActivation(order({ branch: 'feature/x' }), circumstances({ wouldLose: true }))
    expect(JSON.stringify(plan)).not.toContain('feature/x')
  })
})

describe('the address that is asked', () => {
  const where = (changes: Parameters<typeof container>[0]) =>
    verifyUrl({ ...order(), ...order().target }, HOST, NEW, replica(), container(changes))

  it('has the port that Docker published', () => {
    expect(where({})).toEqual({ url: 'http://127.0.0.1:49153/' })
  })
  it('is the container’s own port on the host’s network', () => {
    expect(where({ ports: 'host-network' })).toEqual({ url: 'http://127.0.0.1:8000/' })
  })
  it('is missing when the port is not published, and says so', () => {
    expect(where({ ports: new Map() })).toEqual({
      because: { kind: 'port-unpublished', container: 'creator', port: 8000 },
    })
  })
})
