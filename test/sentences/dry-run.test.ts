import { describe, expect, it } from 'vitest'
import type { SwapOrder } from '../../src/order.ts'
import { sourcesOf } from '../../src/plan/image.ts'
import type { Move } from '../../src/plan/moves.ts'
import { activationOf } from '../../src/plan/plan.ts'
import type { HostRehearsal } from '../../src/plan/rehearsal.ts'
import * as steps from '../../src/plan/steps.ts'
import { Secret } from '../../src/secret.ts'
import { dryRunText, rehearsedLines, stepText } from '../../src/sentences/dry-run.ts'
import { circumstances, HOST, replica, swapOrder } from '../plan/orders.ts'
import { anOrder, OLD } from './deployments.ts'

const ORDER = anOrder({ preflight: ['python3', '-c', 'import wsgi'] })
const CONTAINER = replica(ORDER)
const VARIABLES = new Secret('DB_PASSWORD=hunter2hunter2\n')

function proving(touch: string | undefined, reloadsByReset?: string): Move {
  return {
    kind: 'prove',
    touch: touch === undefined ? undefined : steps.touch(ORDER, touch),
    provings: [
      {
        name: 'verify',
        replica: CONTAINER,
        isFresh: touch === undefined,
        reloadsByReset,
        reloads: steps.reloads('creator'),
        inspect: steps.inspect('creator'),
      },
    ],
  }
}

function planned(host: string, about: Partial<HostRehearsal & { kind: 'planned' }>): HostRehearsal {
  return {
    kind: 'planned',
    host,
    head: OLD,
    preparation: [],
    hasRevision: true,
    activation: [{ kind: 'step', step: steps.reset(ORDER) }, proving('uwsgi.ini')],
    ...about,
  }
}

describe('a dry run', () => {
  it('lists what each host would do, in order', () => {
    const activation: readonly Move[] = [
      { kind: 'step', step: steps.reset(ORDER) },
      {
        kind: 'check-mount',
        step: steps.mount(CONTAINER, ORDER, 'memo'),
        restart: steps.restart(CONTAINER),
        container: 'creator',
      },
      {
        kind: 'preflight',
        step: steps.preflight(CONTAINER, ['python3', '-c', 'import wsgi']),
        putBack: steps.putBack(ORDER, OLD),
        loadedBy: undefined,
      },
      proving('uwsgi.ini', 'uwsgi.ini'),
    ]
    const hosts = [
      planned('web1', { preparation: [steps.fetch(ORDER)], hasRevision: false, activation }),
      planned('web2', {}),
      planned('web3', { head: undefined, activation: [proving(undefined)] }),
    ]
    expect(dryRunText({ order: ORDER, hosts }).split('\n')).toEqual([
      'A deploy of creator would bring 4f2c1ab:',
      'web1 (has 1a2b3c4):',
      '  1. fetch 4f2c1ab (master) from git@git.example.com:team/creator.git',
      '  2. keep aside what the reset would lose, if the commit shows that there is anything',
      '  3. reset /srv/creator to 4f2c1ab and write REVISION',
      '  4. check that the container creator sees /srv/creator; restart it if it does not',
      '  5. run in the container creator: python3 -c "import wsgi"; if it fails, reset /srv/creator back to 1a2b3c4',
      '  6. let the reload pass that the reset of uwsgi.ini sets off',
      '  7. touch uwsgi.ini',
      '  8. ask http://127.0.0.1:{port:8000}/ until X-Revision says 4f2c1ab, for 30 s at most',
      'web2 (has 1a2b3c4):',
      '  1. reset /srv/creator to 4f2c1ab and write REVISION',
      '  2. touch uwsgi.ini',
      '  3. ask http://127.0.0.1:{port:8000}/ until X-Revision says 4f2c1ab, for 30 s at most',
      'web3 (no commit yet):',
      '  1. ask http://127.0.0.1:{port:8000}/ until X-Revision says 4f2c1ab, for 30 s at most',
      'Nothing was changed.',
    ])
  })

  it('says of a swap from where the image comes, and what takes each step back', () => {
    const order: SwapOrder = {
      ...ORDER,
      kind: 'full',
      image: 'r.example/creator@sha256:ab',
      mirrors: ['m1/creator@sha256:ab', 'm2/creator@sha256:ab'],
      registries: [],
    }
    const activation: readonly Move[] = [
      {
        kind: 'swap',
        step: steps.swap(CONTAINER),
        undo: { of: 'creator', steps: [steps.swapBack(CONTAINER)] },
        container: 'creator',
      },
      { kind: 'step', step: steps.reset(order), undo: { of: undefined, steps: [steps.putBack(order, OLD)] } },
      { kind: 'tidy', step: steps.prune(order) },
    ]
    const pull = steps.pull(sourcesOf(order), () => 'secret')
    const text = dryRunText({ order, hosts: [planned('web1', { preparation: [pull], activation })] })
    expect(text.split('\n').slice(2, -1)).toEqual([
      '  1. pull r.example/creator@sha256:ab, first from m1/creator, then m2/creator',
      '  2. stop creator and start creator-next under its name, then wait until it is well; if that or something later fails, take the new creator away and start the old one again',
      '  3. reset /srv/creator to 4f2c1ab and write REVISION; if that or something later fails, reset /srv/creator back to 1a2b3c4',
      '  4. remove containers of this target that are older than creator-previous',
    ])
  })

  it.each(['container', 'full'] as const)('names the preflight of a %s deploy', kind => {
    const preflight = ['python3', '-c', 'import wsgi']
    const order = swapOrder(kind, { preflight })
    const plan = activationOf(order, circumstances({ head: order.revision }))
    const activation = plan.kind === 'planned' ? plan.moves : []
    expect(dryRunText({ order, hosts: [planned('web1', { activation })] })).toMatch(
      /stop creator and start creator-next.*\n {2}\d\. run in the container creator: python3 -c "import wsgi"\n.*ask http/,
    )
  })

  it('says why a host could do nothing, and what that means for the others', () => {
    const hosts: readonly HostRehearsal[] = [
      {
        kind: 'impossible',
        host: 'web1',
        step: 'look',
        because: { kind: 'path-taken', path: '/srv/creator' },
      },
    ]
    expect(dryRunText({ order: ORDER, hosts }).split('\n')).toEqual([
      'A deploy of creator would bring 4f2c1ab:',
      'web1: /srv/creator holds something that is no git checkout. Nothing was changed. Move it away, or correct path in touchdown.yml, and ask again.',
      'Nothing was changed. As it is now, a deploy would stop before any host switches.',
    ])
  })

  it('tells nobody to deploy again when a look was not heard of, nor does an order that waits for its approval', () => {
    const because = { kind: 'link-lost', ended: 'not-known' } as const
    const line =
      'web1: the connection was lost at look, which changes nothing. Ask again when web1 can be reached.'
    const hosts: readonly HostRehearsal[] = [{ kind: 'impossible', host: 'web1', step: 'look', because }]
    expect(dryRunText({ order: ORDER, hosts })).toContain(`\n${line}\n`)
    expect(rehearsedLines({ host: 'web1', steps: [], because }, ORDER)).toEqual([line])
  })

  it('says how it would be proved without a verify, and with one that reads the body', () => {
    const order = anOrder({ verify: undefined })
    expect(dryRunText({ order, hosts: [planned('web1', {})] })).toContain(
      '3. watch for a reload, or for 5 s without a restart; no verify is configured',
    )
    const body = anOrder({ verify: { url: 'http://x/', in: 'body', timeoutMs: 9_000, hits: 1 } })
    expect(dryRunText({ order: body, hosts: [planned('web1', {})] })).toContain(
      'ask http://x/ until the body says',
    )
  })
})

describe('a step in words', () => {
  const as = anOrder({ runAs: 'creator', branch: undefined })
  it.each([
    [steps.look(ORDER, HOST), 'look at the checkout, the container and the tools (changes nothing)'],
    [
      steps.clone(as, true),
      'clone git@git.example.com:team/creator.git into /srv/creator at 4f2c1ab, as creator',
    ],
    [
      steps.clone({ ...as, owner: { user: 'creator', group: 'web' } }, true),
      'clone git@git.example.com:team/creator.git into /srv/creator (made as root for creator and the group web) at 4f2c1ab, as creator',
    ],
    [
      steps.clone({ ...as, owner: { user: 'creator', group: 'web' } }, false),
      'clone git@git.example.com:team/creator.git into /srv/creator at 4f2c1ab, as creator',
    ],
    [steps.fetch(as), 'fetch 4f2c1ab from git@git.example.com:team/creator.git, as creator'],
    [steps.hold(1_000), "wait for this host's turn"],
    [steps.release(), 'let other work on this host go on'],
    [steps.recall('1-a-1'), 'ask how the last step ended'],
    [steps.keep(as, 'd1'), 'keep local edits, local commits and files that are in the way aside'],
    [steps.reset(as), 'reset /srv/creator to 4f2c1ab and write REVISION, as creator'],
    [steps.putBack(as, OLD), 'reset /srv/creator back to 1a2b3c4, as creator'],
    [steps.start(CONTAINER), 'start the container creator'],
    [steps.unpause(CONTAINER), 'unpause the container creator'],
    [steps.restart(CONTAINER), 'restart the container creator'],
    [
      steps.run(CONTAINER, ['registry.example.com/creator@sha256:ab'], VARIABLES, ['-P']),
      'make the container creator from registry.example.com/creator@sha256:ab',
    ],
    [steps.mount(CONTAINER, as, ''), 'check that the container creator sees /srv/creator'],
    [steps.touch(as, 'uwsgi.ini'), 'touch uwsgi.ini, as creator'],
    [steps.reloads('creator'), 'count the reloads in the container creator'],
    [steps.inspect('creator'), 'look at the container creator'],
    [steps.logs('creator'), 'read the last lines of the container creator'],
    [steps.digest('sha256:ab'), 'note the digest of the image'],
    [
      steps.create(as, CONTAINER, ['r/creator@sha256:ab'], VARIABLES, []),
      'make the container creator-next, and see that its ports are free, while creator runs',
    ],
    [steps.swap(CONTAINER), 'stop creator and start creator-next under its name, then wait until it is well'],
    [
      steps.hook('before_replace', CONTAINER, ['drain', 'two words']),
      'before creator is replaced, run on the host: drain "two words"',
    ],
    [
      steps.hook('after_replace', CONTAINER, ['ready']),
      'after creator has been replaced, run on the host: ready',
    ],
    [steps.swapBack(CONTAINER), 'take the new creator away and start the old one again'],
    [steps.prune(as), 'remove containers of this target that are older than creator-previous'],
  ])('%#', (step, text) => {
    expect(stepText(step, { ...as, owner: { user: 'creator', group: 'web' } })).toBe(text)
  })

  it('is known for every step that a plan can name', () => {
    const made = [
      steps.preflight(CONTAINER, ['true']),
      ...[steps.look(as, HOST), steps.clone(as, true), steps.fetch(as), steps.hold(1), steps.release()],
      ...[steps.recall('1'), steps.keep(as, 'd'), steps.reset(as), steps.putBack(as, OLD)],
      ...[steps.start(CONTAINER), steps.unpause(CONTAINER), steps.restart(CONTAINER), steps.touch(as, 't')],
      ...[steps.run(CONTAINER, ['i'], VARIABLES, []), steps.mount(CONTAINER, as, ''), steps.reloads('c')],
      ...[steps.inspect('c'), steps.logs('c'), steps.digest('i')],
      ...[steps.pull([], () => ''), steps.create(as, CONTAINER, [], VARIABLES, [])],
      ...[steps.swap(CONTAINER), steps.swapBack(CONTAINER), steps.takeAway(CONTAINER), steps.prune(as)],
      ...[steps.hook('before_replace', CONTAINER, ['x']), steps.hook('after_replace', CONTAINER, ['x'])],
    ]
    for (const step of made) expect(stepText(step, as)).not.toBe(step.name)
  })

  it('never shows the variables of a container', () => {
    const order = anOrder({}, ['web1'])
    const step = steps.run(CONTAINER, ['image'], VARIABLES, ['-P'])
    const text = dryRunText({ order, hosts: [planned('web1', { activation: [{ kind: 'step', step }] })] })
    expect(text).toContain('make the container creator from image')
    expect(text).not.toContain('hunter2')
  })
})
