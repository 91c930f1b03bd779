import { describe, expect, it } from 'vitest'
import { replyText } from '../../src/cli/reply-text.ts'
import { loadConfig } from '../../src/config/load.ts'
import { hear } from '../../src/touchdown.ts'
import { newDeployment } from '../contract/orders.ts'
import { NEW, OLD, order } from '../plan/orders.ts'
import { aTarget, configOf } from '../policy/configs.ts'
import { type Stage, said, stage } from './bot.ts'

const open = aTarget({ deployers: ['U01ALICE'] })

async function answer({ bot }: Stage, text: string, actor?: string): Promise<string> {
  const reply = await hear(bot, said(text, actor))
  return replyText(reply, '/deploy', Date.now()) ?? reply.kind
}

async function succeeded({ store, bot }: Stage, revision: typeof NEW): Promise<void> {
  const id = bot.newId()
  const target = { service: 'creator', environment: 'production' }
  await store.create({ ...newDeployment(id), order: order({ revision, target }) })
  await store.append(id, { kind: 'ended', ending: 'succeeded', durationMs: 1 })
}

describe('a deploy', () => {
  it('is recorded with a full revision and no ref in its order, then the scheduler is woken', async () => {
    const scene = await stage({ targets: [open] })
    expect(await answer(scene, 'creator')).toBe('accepted')
    const [deployment] = await scene.store.unfinished()
    expect(deployment).toMatchObject({ status: 'queued', ref: 'main', requestedBy: 'U01ALICE' })
    expect(deployment?.order).toMatchObject({
      revision: NEW,
      target: { service: 'creator', environment: 'production' },
    })
    expect(scene.touched).toEqual(['asked U01ALICE', 'resolved main', 'woke'])
  })

  it('said twice by one delivery is one deployment (G4)', async () => {
    const scene = await stage({ targets: [open] })
    const command = said('creator')
    const replies = [await hear(scene.bot, command), await hear(scene.bot, command)]
    expect(replies.map(reply => reply.kind)).toEqual(['accepted', 'accepted'])
    expect(await scene.store.unfinished()).toHaveLength(1)
  })

  it('to another environment takes that environment’s hosts and deployers', async () => {
    const staging = aTarget({ environment: 'staging', deployers: ['U02BOB'] })
    const scene = await stage({ targets: [open, staging] })
    expect(await answer(scene, 'creator to staging')).toContain('U02BOB')
    expect(await answer(scene, 'creator to staging', 'U02BOB')).toBe('accepted')
  })

  it.each([
    [
      'the channel of its service',
      'C02CREATOR',
      'C03ASKED',
      'C01GEN',
      { kind: 'slack', channel: 'C02CREATOR' },
    ],
    [
      'else the one where it was typed',
      undefined,
      'C03ASKED',
      'C01GEN',
      { kind: 'slack', channel: 'C03ASKED' },
    ],
    [
      'else, from a terminal, the one for all',
      undefined,
      undefined,
      'C01GEN',
      { kind: 'slack', channel: 'C01GEN' },
    ],
    ['or in the terminal alone', undefined, undefined, undefined, { kind: 'cli' }],
  ])('is told in %s', async (_, own, typedIn, forAll, origin) => {
    const container = { image: 'i:1', mount: '/app' }
    const where = { repo: 'git@h:r.git', ref: 'main', hosts: ['web1'], path: '/srv/creator' }
    const creator = { channel: own, ...where, container, touch: '.reload', deployers: ['U01ALICE'] }
    const file = {
      channel: forAll,
      hosts: { web1: { address: 'web1.example.com', user: 'deploy' } },
      services: { creator },
    }
    const loaded = loadConfig(JSON.stringify(file), 'touchdown.yml')
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))

    const { bot, store } = await stage({ targets: [] })
    await hear({ ...bot, config: loaded.config }, { ...said('creator'), channel: typedIn })
    expect((await store.unfinished())[0]?.origin).toEqual(origin)
  })

  it('that nobody else may approve is refused, a dry run is not', async () => {
    const scene = await stage({ targets: [aTarget({ deployers: ['U01ALICE'], approval: 'all' })] })
    expect(await answer(scene, 'creator')).toContain("needs somebody else's approval")
    expect(await scene.store.history({ service: undefined, limit: 1 })).toEqual([])
    expect(scene.touched).toEqual(['asked U01ALICE'])
    expect(await answer(scene, 'creator --dry-run')).toContain('Nothing was changed')
  })

  it('from a terminal that no channel would show to an approver is refused', async () => {
    const people = new Map([['cli:alice', 'U01ALICE']])
    const about = { deployers: ['cli:alice'], approvers: ['U02BOB'], approval: 'all', people } as const
    const scene = await stage({ targets: [aTarget(about)] })
    const reply = await hear(scene.bot, { ...said('creator', 'cli:alice'), channel: undefined })
    expect(reply).toEqual({ kind: 'refused', refusal: { reason: 'no-channel', service: 'creator' } })
  })

  it('of changes that ask for a new container says so and starts nothing, unless code alone is asked for', async () => {
    const target = aTarget({ deployers: ['U01ALICE'], rebuildOn: ['requirements*.txt', 'Dockerfile'] })
    const scene = await stage({ targets: [target] })
    await succeeded(scene, OLD)
    expect(await answer(scene, 'creator main on web1')).toBe(
      `\`requirements.txt\` and \`docker/Dockerfile\` have changed since ${OLD.slice(0, 7)}, and the container that runs was made ` +
        'without that, so nothing was started. Type `/deploy creator main on web1 --full` for this code in a new container, ' +
        'or `/deploy creator main on web1 --code` if the code alone will do.',
    )
    expect(await scene.store.unfinished()).toEqual([])
    expect(await answer(scene, 'creator --dry-run')).toContain('Nothing was changed')
    expect(await answer(scene, 'creator main on web1 --code')).toBe('accepted')
  })

  it('names the branch or tag in that as it was typed, and asks nothing of the commit that runs', async () => {
    const target = aTarget({ deployers: ['U01ALICE'], rebuildOn: ['Dockerfile'] })
    const scene = await stage({ targets: [target] })
    await succeeded(scene, OLD)
    expect(await answer(scene, 'creator branch:main')).toContain('`/deploy creator branch:main --full`')
    await succeeded(scene, NEW)
    expect(await answer(scene, 'creator branch:main')).toBe('accepted')
  })

  it.each(['--container', '--full'])(
    'of a new container (%s) looks for its digest first, and says so',
    async option => {
      const scene = await stage({ targets: [aTarget({ deployers: ['U01ALICE'], approval: 'none' })] })
      expect(await answer(scene, `creator ${option}`)).toMatch(/nothing was ordered or changed\. web1: /)
      expect(scene.touched).toContain('surveying web1')
      expect(await scene.store.history({ service: undefined, limit: 1 })).toEqual([])
    },
  )

  it('of a new container with a ref that it would not bring is refused before any host is asked', async () => {
    const scene = await stage({ targets: [aTarget({ deployers: ['U01ALICE'], approval: 'none' })] })
    expect(await answer(scene, 'creator main --container')).toContain('`/deploy creator main --full`')
    expect(scene.touched).toEqual(['asked U01ALICE'])
  })
})

describe('who may', () => {
  it.each([
    ['nobody is listed', []],
    ['somebody else is', ['U02BOB']],
  ])('not when %s (B5)', async (_, deployers) => {
    const scene = await stage({ targets: [aTarget({ deployers })] })
    expect(await answer(scene, 'creator')).not.toBe('accepted')
    expect(scene.touched).toEqual(['asked U01ALICE'])
  })

  it('a member of a listed group may, and only then is the group asked', async () => {
    const target = aTarget({ deployers: ['U02BOB', 'S0BACKEND'] })
    const scene = await stage({ targets: [target], members: new Set(['U01ALICE']) })
    expect(await answer(scene, 'creator', 'U02BOB')).toBe('accepted')
    expect(scene.touched).not.toContain('asked S0BACKEND')
    expect(await answer(scene, 'creator')).toBe('accepted')
    expect(scene.touched).toContain('asked S0BACKEND')
  })

  it('nobody by a group that cannot be asked', async () => {
    const target = aTarget({ deployers: ['S0BACKEND'] })
    const scene = await stage({ targets: [target], members: { unknown: 'ratelimited' } })
    expect(await answer(scene, 'creator')).toContain('ratelimited')
  })

  it.each(['guest', 'stranger', 'bot', 'deactivated', { unknown: 'users.info failed' }] as const)(
    'not a person whose standing is %j, listed or not (A15)',
    async standing => {
      const scene = await stage({ targets: [open], standing })
      for (const text of ['creator', 'status', 'history', 'cancel creator']) {
        expect(await answer(scene, text)).not.toBe('accepted')
      }
      expect(scene.touched.filter(what => !what.startsWith('asked'))).toEqual([])
    },
  )
})

describe('hostile words', () => {
  it.each([
    '-x',
    '--upload-pack=touch x',
    'creator a;b',
    'creator $(id)',
    'creator main:x',
    '../x',
    'x'.repeat(40_000),
    'creator ma\u202ein',
  ])('are refused before anything outside is asked: %.30j', async text => {
    const scene = await stage({ targets: [open] })
    expect(await answer(scene, text)).not.toBe('accepted')
    expect(scene.touched).toEqual([])
    expect(await scene.store.unfinished()).toEqual([])
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    '%s is no service (A14)',
    async name => {
      const scene = await stage({ targets: [open] })
      expect(await answer(scene, name)).toMatch(/There is no service|cannot be the name of a service/)
    },
  )
})

describe('cancel', () => {
  it('of a target that left touchdown.yml is for who asked for it, and names their own', async () => {
    const scene = await stage({ targets: [aTarget({ deployers: ['U01ALICE', 'U02BOB'] })] })
    for (const actor of ['U02BOB', 'U01ALICE', 'U01ALICE']) await answer(scene, 'creator', actor)
    const gone = { ...scene, bot: { ...scene.bot, config: configOf(aTarget({ service: 'other' })) } }
    expect(await answer(gone, 'cancel creator', 'U03CAROL')).toContain('There is no service `creator`')
    expect(await answer(gone, 'cancel creator')).toContain('deployment d3 had not begun and will not')
    expect(await answer(gone, 'cancel creator to staging')).toContain('There is no service')
    expect(await answer(gone, 'cancel creator')).toContain('deployment d4 had not begun and will not')
    expect(await answer(gone, 'cancel creator')).toContain('There is no service')
    expect(await scene.store.unfinished()).toMatchObject([{ id: 'd2', requestedBy: 'U02BOB' }])
  })

  it('ends a waiting deployment at once, told and recorded', async () => {
    const scene = await stage({ targets: [open] })
    await answer(scene, 'creator')
    expect(await answer(scene, 'cancel creator')).toContain('had not begun and will not')
    expect((await scene.store.history({ service: 'creator', limit: 1 }))[0]).toMatchObject({
      status: 'cancelled',
      cancelledBy: 'U01ALICE',
    })
    expect(scene.told.map(event => event.kind)).toEqual(expect.arrayContaining(['cancel-asked', 'ended']))
  })

  it('is for deployers and approvers only', async () => {
    const scene = await stage({ targets: [aTarget({ deployers: ['U01ALICE'], approvers: ['U03CAROL'] })] })
    await answer(scene, 'creator')
    expect(await answer(scene, 'cancel creator', 'U02BOB')).toContain('U02BOB')
    expect(await answer(scene, 'cancel creator', 'U03CAROL')).toContain('will not')
  })

  it('of nothing says so', async () => {
    const scene = await stage({ targets: [open] })
    expect(await answer(scene, 'cancel creator')).toContain('nothing to cancel')
  })
})
