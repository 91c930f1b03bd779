import { describe, expect, it } from 'vitest'
import { NEW, OLD } from '../plan/orders.ts'
import { ALICE, approvalWorld, BOB, CAROL, GUEST } from './approval-world.ts'

const about = { deployers: [ALICE, BOB], approval: 'none' } as const
const short = (revision: string) => revision.slice(0, 7)

/** A world in which the second of two deployments has ended, and its message. */
async function afterTwo() {
  const world = await approvalWorld(about)
  const first = await world.ask()
  await world.says(first, 'succeeded')
  const second = await world.ask(`creator ${OLD}`)
  await world.says(second, 'succeeded')
  return { world, first, second }
}

describe('Roll back', () => {
  it('at the end of a deployment is a rollback by whom presses it, announced as one, which offers a lock', async () => {
    const { world, first, second } = await afterTwo()
    const broadcastsOf = ({ channel, ts }: typeof second) =>
      world.slack.thread(channel, ts).filter(({ broadcast }) => broadcast)
    expect(world.buttons(first)).toEqual([])
    expect(world.buttons(second)).toEqual(['rollback'])
    const third = await world.pressed(BOB, 'rollback', second)
    await world.says(third, `creator rolled back: serving ${short(NEW)} on 2/2 hosts`)
    expect(world.buttons(third)).toEqual(['lock'])
    expect(await world.latest()).toMatchObject({
      isRollback: true,
      requestedBy: BOB,
      order: { revision: NEW },
    })
    expect(await world.audited('rollback')).toMatchObject([{ actor: BOB, decision: 'accepted' }])
    await world.slack.waitFor(() => world.buttons(second).length === 0 || undefined)
    await world.slack.waitFor(() => broadcastsOf(second)[0])
    expect(broadcastsOf(second)).toHaveLength(1)
    expect(world.slack.complaints).toEqual([])
  })

  it('is refused once a later deployment has begun, which it names', async () => {
    const { world, second } = await afterTwo()
    const third = await world.ask('creator')
    await world.says(third, 'succeeded')
    const { id } = (await world.latest()) ?? {}
    await world.press(ALICE, 'rollback', second, true)
    await world.reads(ALICE, `another deployment of it has begun since: ${id} of ${short(NEW)}`)
    expect(await world.audited('rollback')).toMatchObject([{ decision: 'overtaken' }])
    expect(world.buttons(third)).toEqual(['rollback'])
  })

  it('that has to be approved is asked for once; its button is gone then, and comes back when it is rejected', async () => {
    const world = await approvalWorld({ ...about, approvers: [BOB, CAROL], approval: 'all' })
    const deployed = async (text: string) => {
      const message = await world.ask(text)
      await world.press(CAROL, 'approve', message)
      await world.says(message, 'succeeded')
      return message
    }
    await deployed('creator')
    const second = await deployed(`creator ${OLD}`)
    const third = await world.pressed(ALICE, 'rollback', second)
    const { id } = (await world.latest()) ?? {}
    await world.slack.waitFor(() => world.buttons(second).length === 0 || undefined)
    await world.press(BOB, 'rollback', second, true)
    await world.reads(BOB, `waits for its approval already: ${id}, asked for by <@${ALICE}>`)
    expect(await world.audited('rollback', 2)).toMatchObject([
      { decision: 'accepted' },
      { decision: 'asked-already' },
    ])
    expect((await world.latest())?.id).toBe(id)
    await world.press(CAROL, 'reject', third)
    await world.says(third, 'rejected')
    // Nothing has come of it, so it may be asked for again.
    await world.slack.waitFor(() => world.buttons(second)[0] === 'rollback' || undefined)
    const fourth = await world.pressed(ALICE, 'rollback', second)
    await world.press(CAROL, 'approve', fourth)
    await world.says(fourth, 'rolled back')
    await world.slack.waitFor(() => world.buttons(second).length === 0 || undefined)
  })

  it('comes back, and is accepted, when the one that was asked for is given up after its approval', async () => {
    const rights = { ...about, approvers: [BOB, CAROL], approval: 'all' } as const
    const world = await approvalWorld(rights)
    const deployed = async (text: string) => {
      const message = await world.ask(text)
      await world.press(CAROL, 'approve', message)
      await world.says(message, 'succeeded')
      return message
    }
    await deployed('creator')
    const second = await deployed(`creator ${OLD}`)
    const third = await world.pressed(ALICE, 'rollback', second)
    await world.slack.waitFor(() => world.buttons(second).length === 0 || undefined)
    await world.restart({ isStarting: false })
    await world.press(BOB, 'approve', third)
    await world.audited('approve', 3)
    await world.restart({ meanwhile: () => world.configure({ ...rights, approvers: [CAROL] }) })
    await world.says(third, 'was given up before it began')
    await world.slack.waitFor(() => world.buttons(second)[0] === 'rollback' || undefined)
    const fourth = await world.pressed(ALICE, 'rollback', second)
    await world.press(CAROL, 'approve', fourth)
    await world.says(fourth, 'rolled back')
  })

  it('is refused when something else would be brought back than the button says', async () => {
    const { world, second } = await afterTwo()
    world.configure({ ...about, hosts: [{ name: 'web1', address: 'x', port: 22, user: 'd', hostKeys: [] }] })
    await world.restart()
    await world.press(ALICE, 'rollback', second)
    await world.reads(ALICE, 'is not what a rollback of creator brings back by now')
    expect(await world.audited('rollback')).toMatchObject([{ decision: 'not-offered' }])
  })

  it('and Lock are for deployers, at the moment of the press', async () => {
    const { world, second } = await afterTwo()
    for (const user of [CAROL, GUEST]) await world.press(user, 'rollback', second)
    expect(await world.audited('rollback', 2)).toMatchObject([
      { actor: CAROL, decision: 'not-permitted' },
      { actor: GUEST, decision: 'not-a-member' },
    ])
    const third = await world.pressed(BOB, 'rollback', second)
    await world.says(third, 'rolled back')
    await world.press(CAROL, 'lock', third)
    expect(await world.audited('lock')).toMatchObject([{ actor: CAROL, decision: 'not-permitted' }])
  })
})

describe('Lock', () => {
  it('after a rollback keeps it from others, says why, and is gone then', async () => {
    const { world, second } = await afterTwo()
    const third = await world.pressed(BOB, 'rollback', second)
    await world.says(third, 'rolled back')
    const { id } = (await world.latest()) ?? {}
    await world.press(BOB, 'lock', third)
    const why = `rolled back from ${short(OLD)} to ${short(NEW)} (${id})`
    await world.reads(BOB, why)
    expect(await world.store.hold({ service: 'creator', environment: 'production' })).toMatchObject({
      by: BOB,
      reason: why,
    })
    await world.slack.command({ user: ALICE, channel: 'C01GEN', text: 'creator' })
    await world.reads(ALICE, `is locked by <@${BOB}>`)
    await world.slack.waitFor(() => world.buttons(third).length === 0 || undefined)
  })

  it('leaves a lock of one’s own as it is, and is refused once a later deployment has begun', async () => {
    const { world, second } = await afterTwo()
    const third = await world.pressed(BOB, 'rollback', second)
    await world.says(third, 'rolled back')
    await world.slack.command({ user: BOB, channel: 'C01GEN', text: 'lock creator of my own' })
    await world.reads(BOB, 'of my own')
    await world.press(BOB, 'lock', third, true)
    await world.audited('lock', 2)
    expect(await world.store.hold({ service: 'creator', environment: 'production' })).toMatchObject({
      reason: 'of my own',
    })
    const fourth = await world.ask(`creator ${OLD}`, BOB)
    await world.says(fourth, 'succeeded')
    await world.press(BOB, 'lock', third, true)
    await world.reads(BOB, 'was for the moment after a rollback of creator')
  })

  it('is refused to whom may not deploy any more, even if the lock is their own', async () => {
    const { world, second } = await afterTwo()
    const third = await world.pressed(BOB, 'rollback', second)
    await world.says(third, 'rolled back')
    await world.slack.command({ user: BOB, channel: 'C01GEN', text: 'lock creator of my own' })
    await world.reads(BOB, 'of my own')
    world.configure({ ...about, deployers: [ALICE] })
    await world.restart()
    await world.press(BOB, 'lock', third, true)
    expect((await world.audited('lock', 2))[1]).toMatchObject({ actor: BOB, decision: 'not-permitted' })
  })
})
