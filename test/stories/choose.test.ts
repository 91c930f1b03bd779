import { describe, expect, it } from 'vitest'
import type { Choice, Command } from '../../src/command.ts'
import type { Target } from '../../src/config/config.ts'
import type { Store } from '../../src/ports/store.ts'
import type { Bot } from '../../src/story/bot.ts'
import { hear } from '../../src/touchdown.ts'
import { newDeployment } from '../contract/orders.ts'
import { OLD, order } from '../plan/orders.ts'
import { aTarget } from '../policy/configs.ts'
import { ALICE, approvalWorld } from './approval-world.ts'
import { said, stage } from './bot.ts'

/** A bot on a local Slack whose service runs NEW, and a plain deploy that was refused because the container has to be new. */
async function refusedInSlack() {
  const world = await approvalWorld({ approval: 'none', rebuildOn: ['requirements*.txt'] })
  await world.says(await world.ask(), 'succeeded')
  world.git.main = OLD
  world.git.changed = ['requirements.txt']
  await world.slack.command({ user: ALICE, channel: 'C01GEN', text: 'creator branch:main on web1' })
  await world.reads(ALICE, 'Type `/deploy creator branch:main on web1 --full`')
  const [answer] = world.slack.ephemerals(ALICE)
  if (!answer) throw new Error('there is no answer')
  return { world, press: (actionId: string) => world.slack.click({ user: ALICE, message: answer, actionId }) }
}

describe('the refusal of a plain deploy that needs a new container', () => {
  it('offers both options, and a press does what was typed with it', async () => {
    const { world, press } = await refusedInSlack()
    expect(world.slack.ephemerals(ALICE)[0]?.blocks).toContainEqual(
      expect.objectContaining({
        elements: ['Full deploy', 'Code only'].map(text =>
          expect.objectContaining({ text: expect.objectContaining({ text }) }),
        ),
      }),
    )
    await press('code')
    await world.reads(ALICE, 'creator: the code deploy of aaaaaaa is ordered as')
    const shown = world.slack.ephemerals(ALICE)
    expect(shown).toHaveLength(1)
    expect(JSON.stringify(shown)).not.toContain('action_id')
    expect(await world.latest()).toMatchObject({
      requestedBy: ALICE,
      ref: 'main',
      order: { kind: 'code', revision: OLD, hosts: [{ name: 'web1' }] },
    })
    expect(world.slack.complaints).toEqual([])
  })

  it('keeps its buttons when the press is refused, too', async () => {
    const { world, press } = await refusedInSlack()
    await press('full')
    await world.reads(ALICE, 'nothing was ordered or changed')
    const shown = JSON.stringify(world.slack.ephemerals(ALICE))
    expect(shown.match(/"action_id":"[a-z]+"/g)).toEqual(['"action_id":"full"', '"action_id":"code"'])
    await press('code')
    await world.reads(ALICE, 'the code deploy of aaaaaaa is ordered')
  })
})

describe('a press of one of them', () => {
  const pressed = (action: Choice['action'], command: string, actor = 'U01ALICE'): Command => ({
    ...said('', actor),
    click: { action, command },
  })

  async function typed(text = 'creator', about: Partial<Target> = {}) {
    const scene = await stage({
      targets: [aTarget({ deployers: ['U01ALICE', 'U02BOB'], rebuildOn: ['Dockerfile'], ...about })],
    })
    await scene.store.create({ ...newDeployment('d0'), order: order({ revision: OLD }) })
    await scene.store.append('d0', { kind: 'ended', ending: 'succeeded', durationMs: 1 })
    const command = said(text)
    await scene.store.accept(command, 'bot:1')
    return { ...scene, command }
  }

  const deploysAudited = async (store: Store) =>
    (await store.audited(0, 100))
      .filter(({ action }) => action === 'deploy')
      .map(({ decision, detail }) => [decision, detail])

  it('and of another one after it come to one deployment (G4)', async () => {
    const { bot, command, store } = await typed()
    expect(await hear(bot, command)).toMatchObject({ refusal: { reason: 'needs-container' } })
    const first = await hear(bot, pressed('code', command.trigger))
    expect(first).toMatchObject({ kind: 'accepted', deployment: { order: { kind: 'code' } } })
    for (const action of ['code', 'full'] as const)
      expect(await hear(bot, pressed(action, command.trigger))).toEqual(first)
    expect(await store.unfinished()).toHaveLength(1)
    const decisions = await deploysAudited(store)
    expect(decisions.slice(2)).toEqual(
      Array(2).fill(['accepted', expect.stringMatching(/^d\d again, by its trigger$/)]),
    )
  })

  it('and of another one in the same moment start and tell one deployment, and each is audited (G4, G9)', async () => {
    const { bot, command, store, told, touched } = await typed('creator', {
      approval: 'all',
      approvers: ['U02BOB'],
    })
    await hear(bot, command)
    // Nobody has made it yet as the other one looks.
    const doneBy = async () => undefined
    const changes: string[] = []
    const mirrors: Bot['mirrors'] = {
      ...bot.mirrors,
      changes: (_, __, to) => {
        changes.push(to)
        return new Promise(() => {})
      },
    }
    const racing = { ...bot, mirrors, store: { ...store, doneBy } }
    const first = await hear(racing, pressed('code', command.trigger))
    expect(first).toMatchObject({ deployment: { status: 'awaiting' } })
    expect(await hear(racing, pressed('code', command.trigger))).toEqual(first)
    expect(told.map(({ kind }) => kind)).toEqual(['approval-asked'])
    expect(touched.filter(what => what === 'woke')).toHaveLength(1)
    expect(changes).toHaveLength(1)
    expect(await deploysAudited(store)).toEqual([
      ['needs-container', expect.anything()],
      ['accepted', expect.stringMatching(/^d\d b{40} order/)],
      ['accepted', expect.stringMatching(/^d\d again, by its trigger$/)],
    ])
  })

  it('is audited each time when it is refused (G9)', async () => {
    const { bot, command, store } = await typed('creator nowhere', {
      approval: 'all',
      approvers: ['U02BOB'],
    })
    for (const action of ['code', 'full', 'code'] as const) {
      const press = pressed(action, command.trigger)
      for (const _ of ['heard', 'heard again'])
        expect(await hear(bot, press)).toMatchObject({ refusal: { reason: 'unknown-ref' } })
    }
    expect(await deploysAudited(store)).toEqual(Array(3).fill(['unknown-ref', expect.anything()]))
  })

  it('takes the rights of now', async () => {
    const { bot, command } = await typed()
    const { bot: without } = await stage({ targets: [aTarget({ deployers: ['U02BOB'] })] })
    const reply = await hear({ ...bot, config: without.config }, pressed('code', command.trigger))
    expect(reply).toMatchObject({ refusal: { reason: 'not-permitted' } })
  })

  it.each([
    ['by somebody else', 'creator', 'U02BOB', undefined],
    ['for a command that is not in the records', 'creator', 'U01ALICE', 'another'],
    ['for a command that had an option', 'creator --full', 'U01ALICE', undefined],
    ['for a command that was no deploy', 'cancel creator', 'U01ALICE', undefined],
  ])('%s starts nothing', async (_, text, actor, trigger) => {
    const { bot, command, store } = await typed(text)
    const reply = await hear(bot, pressed('code', trigger ?? command.trigger, actor))
    expect(reply).toMatchObject({ refusal: { reason: 'not-yours' } })
    expect(await store.unfinished()).toEqual([])
  })
})
