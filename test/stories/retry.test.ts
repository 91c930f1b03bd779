import { describe, expect, it } from 'vitest'
import type { Target } from '../../src/config/config.ts'
import { NEW, OLD } from '../plan/orders.ts'
import { ALICE, approvalWorld, BOB, CAROL, GUEST } from './approval-world.ts'

const open = { deployers: [ALICE, BOB], approval: 'none' } as const
const TYPED = `\`/deploy creator ${NEW.slice(0, 7)} on web2\``

/** A world in which the second of two hosts has failed once, and the message of that. */
async function afterFailure(about: Partial<Target> = open) {
  const world = await approvalWorld(about)
  world.failing.add('web2')
  const first = await world.ask()
  if (about.approval === 'all') {
    await world.says(first, 'waiting for an approval')
    await world.press(BOB, 'approve', first)
  }
  await world.says(first, 'ended partly: 1/2 hosts serve')
  world.failing.clear()
  return { world, first }
}

describe('Retry failed hosts', () => {
  it('is the same order by whom presses it, on the hosts that did not succeed, and is gone then', async () => {
    const { world, first } = await afterFailure()
    expect(world.buttons(first)).toEqual(['retry'])
    const told = () => world.slack.thread(first.channel, first.ts).find(({ broadcast }) => broadcast)?.text
    expect(await world.slack.waitFor(told)).toContain(
      `To do it again on web2, press Retry failed hosts on its message in Slack, or type ${TYPED}`,
    )
    const [before] = await world.store.history({ service: undefined, limit: 1 })
    const second = await world.pressed(BOB, 'retry', first)
    await world.says(second, 'creator succeeded: serving')
    const made = await world.latest()
    expect(made).toMatchObject({ requestedBy: BOB, isRollback: false, ref: 'main', approval: undefined })
    const hosts = before?.order.hosts.filter(({ name }) => name === 'web2')
    expect(made?.order).toEqual({ ...before?.order, hosts })
    const detail = expect.stringContaining(`again after ${before?.id} through ${BOB}`)
    expect(await world.audited('retry')).toMatchObject([{ actor: BOB, decision: 'accepted', detail }])
    await world.slack.waitFor(() => world.buttons(first).length === 0 || undefined)
    expect(world.slack.complaints).toEqual([])
  })

  it('pressed by two at once is one deployment', async () => {
    const { world, first } = await afterFailure()
    await Promise.all([ALICE, BOB].map(user => world.press(user, 'retry', first)))
    const decisions = (await world.audited('retry', 2)).map(({ decision }) => decision)
    expect(decisions.filter(decision => decision === 'accepted')).toHaveLength(1)
    expect(await world.store.history({ service: undefined, limit: 9 })).toHaveLength(2)
  })

  it('is approved again where that is asked for, and asked for once', async () => {
    const { world, first } = await afterFailure({ deployers: [ALICE], approval: 'all' })
    const second = await world.pressed(ALICE, 'retry', first)
    await world.says(second, 'waiting for an approval of the code deploy')
    await world.press(ALICE, 'retry', first)
    await world.reads(ALICE, 'waits for its approval already')
    expect(await world.audited('retry', 2)).toMatchObject([
      { decision: 'accepted' },
      { decision: 'asked-already' },
    ])
    expect(await world.store.history({ service: undefined, limit: 9 })).toHaveLength(2)
    await world.press(BOB, 'approve', second)
    await world.says(second, 'creator succeeded: serving')
    expect((await world.latest())?.order.hosts.map(({ name }) => name)).toEqual(['web2'])
  })

  it('is refused once a later deployment has begun, which it names', async () => {
    const { world, first } = await afterFailure()
    const second = await world.ask('creator on web2')
    await world.says(second, 'succeeded')
    const { id } = (await world.latest()) ?? {}
    await world.press(ALICE, 'retry', first, true)
    await world.reads(ALICE, `is not retried, because another deployment of it has begun since: ${id} of`)
    expect(await world.audited('retry')).toMatchObject([{ decision: 'overtaken' }])
  })

  it('is refused when the configuration orders something else by now, with the command to type', async () => {
    const { world, first } = await afterFailure()
    world.configure({ ...open, touch: 'other.ini' })
    await world.restart()
    await world.press(ALICE, 'retry', first)
    expect(await world.reads(ALICE, 'touchdown.yml orders something else')).toContain(TYPED)
    expect(await world.audited('retry')).toMatchObject([{ decision: 'other-order' }])
  })

  it('is refused when the commit may not be deployed any more', async () => {
    const { world, first } = await afterFailure()
    world.git.held.delete(NEW)
    await world.press(ALICE, 'retry', first)
    await world.reads(ALICE, 'has no branch, tag or commit')
    expect(await world.audited('retry')).toMatchObject([{ decision: 'unknown-ref' }])
  })

  it('is for deployers at the moment of the press, and not while another one has locked it', async () => {
    const { world, first } = await afterFailure()
    for (const user of [CAROL, GUEST]) await world.press(user, 'retry', first)
    const target = { service: 'creator', environment: 'production' }
    await world.store.setHold({ target, by: BOB, reason: 'freeze', forMs: undefined, trigger: 'lock' })
    await world.press(ALICE, 'retry', first)
    const rows = await world.audited('retry', 3)
    expect(new Set(rows.map(({ actor, decision }) => `${actor} ${decision}`))).toEqual(
      new Set([`${CAROL} not-permitted`, `${GUEST} not-a-member`, `${ALICE} held`]),
    )
  })

  it('of a rollback is a rollback, after which Lock names what it went back from', async () => {
    const world = await approvalWorld(open)
    const first = await world.ask()
    await world.says(first, 'succeeded')
    const second = await world.ask(`creator ${OLD}`)
    await world.says(second, 'succeeded')
    world.failing.add('web2')
    const third = await world.pressed(BOB, 'rollback', second)
    await world.says(third, 'the rollback ended partly')
    world.failing.clear()
    const hold = { by: BOB, reason: 'broken', forMs: undefined, trigger: 'lock' }
    await world.store.setHold({ ...hold, target: { service: 'creator', environment: 'production' } })
    expect(await world.store.withdraw()).toEqual([])
    const fourth = await world.pressed(BOB, 'retry', third)
    await world.says(fourth, 'creator rolled back: serving')
    expect(await world.latest()).toMatchObject({ isRollback: true, order: { revision: NEW } })
  })
})
