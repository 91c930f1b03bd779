import { describe, expect, it } from 'vitest'
import { answerText } from '../../src/cli/reply-text.ts'
import type { Click, Command } from '../../src/command.ts'
import type { Target } from '../../src/config/config.ts'
import { hear } from '../../src/touchdown.ts'
import { newDeployment } from '../contract/orders.ts'
import { begun } from '../contract/samples.ts'
import { aTarget, configOf } from '../policy/configs.ts'
import { CLOCK, said, stage } from './bot.ts'

const [ALICE, BOB, CAROL] = ['U01ALICE', 'U02BOB', 'U03CAROL']
const target = { service: 'creator', environment: 'production' }
const rights = { deployers: [ALICE], approvers: [BOB] }

/** A deployment that ALICE had asked for, and that a crash has interrupted in its swaps. */
async function afterCrash(about: Partial<Target> = rights) {
  const { bot, store, told } = await stage({ targets: [aTarget({ ...target, ...about })] })
  await store.create(newDeployment('d1', { service: 'creator' }))
  await begun(store, 'd1', 'bot:dead')
  await store.append('d1', { kind: 'stalled', forMs: 60_000, expiresAt: 0 })
  const press = async (action: Click['action'], actor: string, from = bot) => {
    const command: Command = { ...said('', actor), click: { action, deployment: 'd1' } }
    const reply = await hear(from, command)
    return { command, reply, text: answerText(command, reply, CLOCK.now()) }
  }
  const audits = async () => (await store.audited(0, 99)).map(row => [row.actor, row.action, row.decision])
  const status = async () => (await store.find('d1'))?.status
  return { bot, store, told, press, audits, status }
}

describe('Resume', () => {
  it.each([ALICE, BOB])('goes on with the same order, for a deployer or approver (%s)', async who => {
    const { press, status, told, audits, store } = await afterCrash()
    const before = await store.find('d1')
    expect(await press('resume', who)).toMatchObject({ reply: { kind: 'decided' }, text: undefined })
    expect(await status()).toBe('queued')
    expect(told).toEqual([{ kind: 'answered', answer: 'resume', by: who }])
    expect((await store.find('d1'))?.order).toEqual(before?.order)
    expect(await audits()).toEqual([[who, 'resume', 'accepted']])
  })

  it('is not for others, nor while somebody else has locked the target', async () => {
    const { press, status, audits, store } = await afterCrash()
    expect((await press('resume', CAROL)).text).toContain('You may not do this with creator')
    await store.setHold({ target, by: BOB, reason: 'freeze', forMs: undefined, trigger: 'lock' })
    expect((await press('resume', ALICE)).text).toContain('freeze')
    expect(await status()).toBe('stalled')
    expect((await audits()).map(([, , decision]) => decision)).toEqual(['not-permitted', 'held'])
  })

  it('needs the target that gives the right; who asked may leave it without', async () => {
    const { press, bot, status } = await afterCrash()
    const without = { ...bot, config: configOf(aTarget({ ...target, service: 'another' })) }
    expect((await press('resume', ALICE, without)).text).toContain('There is no service `creator`')
    expect((await press('leave', BOB, without)).text).toContain('There is no service `creator`')
    expect(await status()).toBe('stalled')
    await press('leave', ALICE, without)
    expect(await status()).toBe('interrupted')
  })
})

describe('Leave', () => {
  it('ends it as interrupted, and its end offers what may be done then', async () => {
    const { press, status, told, audits } = await afterCrash()
    await press('leave', BOB)
    expect(await status()).toBe('interrupted')
    expect(told).toMatchObject([
      { kind: 'answered', answer: 'leave', by: BOB },
      { kind: 'ended', ending: 'interrupted', offers: [{ kind: 'retry', hosts: ['web1'] }] },
    ])
    expect(await audits()).toEqual([[BOB, 'leave', 'accepted']])
  })

  it('can be typed as cancel, where there are no buttons', async () => {
    const { bot, status } = await afterCrash()
    const command = said('cancel creator', ALICE)
    const text = answerText(command, await hear(bot, command), CLOCK.now())
    expect(text).toBe('creator: deployment d1 does not go on; what is there stays.')
    expect(await status()).toBe('interrupted')
  })
})

describe('the second one', () => {
  it.each([
    ['resume', 'leave', `${ALICE} has resumed this deployment of creator before you`],
    ['leave', 'resume', `${ALICE} has left this deployment of creator before you`],
  ] as const)('after %s is told who was first', async (first, second, words) => {
    const { press, audits } = await afterCrash()
    await press(first, ALICE)
    expect((await press(second, BOB)).text).toContain(words)
    expect((await audits()).at(-1)).toEqual([BOB, second, 'answered-already'])
  })

  it('after a typed cancel is told, too; the same press changes nothing', async () => {
    const { bot, press, store } = await afterCrash()
    const { command } = await press('resume', ALICE)
    expect(await hear(bot, command)).toMatchObject({ kind: 'decided' })
    expect((await store.events('d1')).map(({ event }) => event.kind)).toEqual([
      'started',
      'stalled',
      'answered',
    ])
    await hear(bot, said('cancel creator', ALICE))
    expect((await press('leave', BOB)).text).toContain(`${ALICE} has left this deployment`)
  })

  it('of a deployment that never stalled is told how it stands', async () => {
    const { bot, store } = await stage({ targets: [aTarget({ ...target, ...rights })] })
    await store.create(newDeployment('d1', { service: 'creator' }))
    const command: Command = { ...said('', ALICE), click: { action: 'resume', deployment: 'd1' } }
    const text = answerText(command, await hear(bot, command), CLOCK.now())
    expect(text).toContain(
      'This deployment of creator waits for its turn, so there is nothing to resume or leave',
    )
  })
})
