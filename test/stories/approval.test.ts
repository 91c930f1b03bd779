import { describe, expect, it } from 'vitest'
import { newDeployment } from '../contract/orders.ts'
import { begun } from '../contract/samples.ts'
import { NEW, order, revision, swapOrder } from '../plan/orders.ts'
import { ALICE, approvalWorld, BOB, CAROL, DAVE, FOREIGN, GUEST } from './approval-world.ts'

const MINUTE = 60_000
/** What hosts have had before `main`. */
const BEFORE = revision('c')
describe('a deployment that somebody has to approve', () => {
  it('says what is asked of whom until when, with buttons, and starts nothing', async () => {
    const world = await approvalWorld()
    const message = await world.ask()
    const { text, blocks } = await world.says(message, 'waiting for an approval of the code deploy')
    expect(text).toContain('to 2 hosts')
    const shown = JSON.stringify(blocks)
    expect(shown).toMatch(/one of <@U02BOB>, <!subteam\^S0OPS>, .*expires <!date\^/)
    expect(shown).not.toContain(`one of <@${ALICE}>`)
    expect(world.buttons(message)).toEqual(['approve', 'reject', 'cancel'])
    expect(await world.store.startable()).toEqual([])
    const thread = await world.slack.waitFor(() => world.slack.thread(message.channel, message.ts)[0])
    expect(thread.text).toMatch(
      /waits for somebody else to approve order [0-9a-f]{12}: code deploy of bbbbbbb/,
    )
    expect(thread.text).toMatch(/web1: .*reset .*touch/)
  })

  it('runs when it is approved, and names both people at its end', async () => {
    const world = await approvalWorld()
    const message = await world.ask()
    await world.press(BOB, 'approve', message)
    await world.says(message, 'succeeded: serving bbbbbbb on 2/2 hosts')
    expect(world.buttons(message)).toEqual([])
    const end = await world.slack.waitFor(() =>
      world.slack.thread(message.channel, message.ts).find(({ broadcast }) => broadcast),
    )
    expect(end.text).toContain(`Asked for by <@${ALICE}>, approved by <@${BOB}>.`)
    const hash = (await world.latest())?.approval?.hash
    expect(world.audits).toContainEqual({
      actor: BOB,
      action: 'approve',
      target: 'creator.production',
      decision: 'accepted',
      detail: expect.stringMatching(new RegExp(`^d\\d+ order ${hash} through ${BOB}$`)),
    })
    expect(world.slack.complaints).toEqual([])
  })

  it('ends when it is rejected', async () => {
    const world = await approvalWorld()
    const message = await world.ask()
    await world.press(CAROL, 'reject', message)
    await world.says(message, `was rejected by <@${CAROL}>: nothing was changed`)
    expect(world.buttons(message)).toEqual([])
    expect(await world.audited('reject')).toMatchObject([{ actor: CAROL, decision: 'accepted' }])
  })

  it('is taken back by whom asked for it with Cancel, which stops nothing else of the service', async () => {
    const world = await approvalWorld()
    await world.restart({ isStarting: false })
    const approved = await world.ask()
    await world.press(BOB, 'approve', approved)
    const message = await world.ask()
    await world.press(ALICE, 'approve', message)
    await world.reads(ALICE, 'To take it back, press Cancel')
    await world.press(ALICE, 'cancel', message)
    await world.says(message, `was cancelled by <@${ALICE}>`)
    expect(world.buttons(message)).toEqual([])
    expect((await world.store.unfinished()).map(({ status }) => status)).toEqual(['queued'])
  })

  it('is not asked for where nobody else may approve it', async () => {
    const world = await approvalWorld({ approvers: [ALICE] })
    await world.slack.command({ user: ALICE, channel: 'C01GEN', text: 'creator' })
    await world.reads(ALICE, 'lists only you who may give it')
    expect(await world.latest()).toBeUndefined()
  })
})

describe('a press of Approve by', () => {
  it.each([
    ['who asked', ALICE, 'own-approval', 'somebody else has to decide: <@U02BOB>, <!subteam^S0OPS>'],
    ['a stranger to the service', DAVE, 'not-permitted', 'added to its `approvers`'],
    ['a guest, although listed', GUEST, 'not-a-member', 'Guests of the workspace may not'],
    [
      'somebody of another workspace, although listed',
      FOREIGN,
      'not-a-member',
      'Members of other workspaces',
    ],
  ])('%s is refused to them alone, in the audit, and the request stays', async (_, user, reason, words) => {
    const world = await approvalWorld()
    const message = await world.ask()
    await world.press(user, 'approve', message)
    await world.reads(user, words)
    const detail = expect.stringMatching(/^d\d+ order [0-9a-f]{64} \{/)
    expect(await world.audited('approve')).toMatchObject([{ actor: user, decision: reason, detail }])
    expect(await world.store.startable()).toEqual([])
    expect(world.buttons(message)).toEqual(['approve', 'reject', 'cancel'])
    expect(world.slack.messages('C01GEN').every(({ text }) => !text.includes(words))).toBe(true)
  })

  it('a former member of a group is refused, once Slack says so', async () => {
    const world = await approvalWorld()
    const message = await world.ask()
    world.slack.setGroup({ id: 'S0OPS', handle: 'ops', users: [DAVE] })
    await world.press(CAROL, 'approve', message)
    await world.reads(CAROL, 'You may not do this with creator')
    expect(await world.audited('approve')).toMatchObject([{ actor: CAROL, decision: 'not-permitted' }])
  })

  it('two people in the same moment counts once, and the second one reads who was first', async () => {
    const world = await approvalWorld()
    const message = await world.ask()
    await Promise.all([BOB, CAROL].map(user => world.press(user, 'approve', message)))
    const rows = await world.audited('approve', 2)
    const [first, second] = rows.toSorted((a, b) => a.decision.localeCompare(b.decision))
    expect([first?.decision, second?.decision]).toEqual(['accepted', 'already-decided'])
    await world.reads(
      second?.actor ?? '',
      `<@${first?.actor}> has approved this deployment of creator before you`,
    )
  })

  it('one person that Slack delivers twice counts once', async () => {
    const world = await approvalWorld()
    const message = await world.ask()
    world.slack.faults.duplicateNextEnvelope(3)
    await world.press(BOB, 'approve', message)
    await world.says(message, 'succeeded')
    expect(await world.audited('approve')).toHaveLength(1)
  })

  it('an approver of one service on the button of another is judged by that other one', async () => {
    const world = await approvalWorld({}, { service: 'other', approvers: [CAROL] })
    const message = await world.ask('other')
    await world.press(BOB, 'approve', message)
    await world.reads(BOB, 'You may not do this with other')
    expect(await world.audited('approve')).toMatchObject([{ target: 'other.production' }])
  })
})

describe('an approval', () => {
  it('that comes too late is refused; the request ends by itself', async () => {
    const world = await approvalWorld()
    const message = await world.ask()
    world.pass(15 * MINUTE)
    await world.press(BOB, 'approve', message)
    await world.reads(BOB, 'was not approved in time')
    world.wake()
    await world.says(message, 'was not approved in time')
    expect(world.buttons(message)).toEqual([])
    const { id = '', approval } = (await world.latest()) ?? {}
    expect(world.auditsOf(id).at(-1)).toEqual({
      actor: 'touchdown',
      action: 'give-up',
      target: 'creator.production',
      decision: 'expired',
      detail: `${id} order ${approval?.hash}`,
    })
    await world.press(BOB, 'reject', message, true)
    expect(await world.audited('approve')).toMatchObject([{ actor: BOB, decision: 'expired' }])
    expect(await world.audited('reject')).toMatchObject([{ actor: BOB, decision: 'expired' }])
  })

  it('is still asked for after a restart, by the same button', async () => {
    const world = await approvalWorld()
    const message = await world.ask()
    await world.restart()
    await world.press(BOB, 'approve', message)
    expect(await world.audited('approve')).toMatchObject([{ actor: BOB, decision: 'accepted' }])
    await world.says(message, 'succeeded')
  })

  it('is given up when the configuration orders something else by now', async () => {
    const world = await approvalWorld()
    const message = await world.ask()
    await world.restart({ meanwhile: () => world.configure({ touch: 'other.ini' }) })
    await world.press(BOB, 'approve', message)
    await world.says(message, 'was given up before it began: touchdown.yml says something else now')
    await world.reads(BOB, 'cannot be approved any more')
    expect(await world.audited('approve')).toMatchObject([{ decision: 'given-up' }])
  })

  it.each(['approve', 'reject'])(
    'of a service that touchdown.yml no longer has is given up on %s',
    async action => {
      const world = await approvalWorld()
      const message = await world.ask()
      await world.restart({ meanwhile: () => world.configure({ service: 'renamed' }) })
      await world.press(BOB, action, message)
      await world.says(message, 'was given up before it began: touchdown.yml says something else now')
      expect(world.buttons(message)).toEqual([])
      await world.press(BOB, action, message, true)
      expect(await world.audited(action, 2)).toMatchObject([
        { decision: 'given-up' },
        { decision: 'not-awaiting' },
      ])
    },
  )

  it('waits while somebody else’s lock is in force, set however late', async () => {
    const world = await approvalWorld()
    const message = await world.ask()
    const target = { service: 'creator', environment: 'production' }
    world.git.onAhead = async () => {
      await world.store.setHold({ target, by: CAROL, reason: 'migrating', forMs: undefined, trigger: 'lock' })
    }
    await world.press(BOB, 'approve', message)
    expect(await world.audited('approve')).toMatchObject([{ actor: BOB, decision: 'held' }])
    expect((await world.latest())?.status).toBe('awaiting')
  })

  it('is given up when its commit is in no branch any more', async () => {
    const world = await approvalWorld()
    const message = await world.ask()
    world.git.held.clear()
    await world.press(BOB, 'approve', message)
    await world.says(message, 'bbbbbbb is in no branch or tag any more')
  })

  it('of a branch that has moved on counts, and says by how much', async () => {
    const world = await approvalWorld()
    const message = await world.ask()
    world.git.ahead = 3
    await world.press(BOB, 'approve', message)
    const line = await world.slack.waitFor(() =>
      world.slack.thread(message.channel, message.ts).find(({ text }) => text.includes('approved it')),
    )
    expect(line.text).toContain(
      `<@${BOB}> approved it; main is 3 commits further by now, which this deployment does not bring`,
    )
  })

  it.each([
    [
      'who approved it may not any more',
      { approvers: [CAROL] },
      `<@${BOB}>, who approved it, may not`,
      { kind: 'right-lost', who: BOB, right: 'approve' },
    ],
    [
      'who asked may not deploy any more',
      { deployers: [BOB] },
      `<@${ALICE}>, who asked for it, may not`,
      { kind: 'right-lost', who: ALICE, right: 'deploy' },
    ],
    [
      'the hosts are others by now',
      { hosts: [] },
      'touchdown.yml says something else now',
      { kind: 'config-changed' },
    ],
  ])('is looked at again before it begins: given up when %s', async (_, change, words, why) => {
    const world = await approvalWorld()
    const message = await world.ask()
    await world.restart({ isStarting: false })
    await world.press(BOB, 'approve', message)
    await world.audited('approve')
    await world.restart({ meanwhile: () => world.configure(change) })
    await world.says(message, words)
    const { id = '', status, approval } = (await world.latest()) ?? {}
    expect(status).toBe('void')
    expect((await world.store.events(id)).map(({ event }) => event.kind)).not.toContain('started')
    expect(world.auditsOf(id).at(-1)).toEqual({
      actor: 'touchdown',
      action: 'give-up',
      target: 'creator.production',
      decision: why.kind,
      detail: `${id} order ${approval?.hash} ${JSON.stringify(why)}`,
    })
  })

  it.each([
    ['before the press', 'succeeded', order()],
    ['before the press', 'partial', swapOrder('full')],
    ['before the press', 'interrupted', order()],
    ['before it begins', 'succeeded', order()],
    ['before it begins', 'failed', order()],
    ['before it begins', 'partial', swapOrder('full')],
  ] as const)(
    'of a rollback is given up when another deployment came %s and %s',
    async (when, ending, other) => {
      const { world, message } = await rollbackAsked()
      const { id = '' } = (await world.latest()) ?? {}
      const { store } = world
      await store.create({ ...newDeployment('other'), order: other })
      if (when === 'before it begins') {
        await world.press(BOB, 'approve', message)
        expect(await world.audited('approve', 3)).toMatchObject(Array(3).fill({ decision: 'accepted' }))
      }
      const claimed = await begun(store, 'other', 'cli:1')
      const result = {
        status: 'succeeded',
        proof: 'running',
        previous: undefined,
        digest: undefined,
      } as const
      await store.append('other', { kind: 'host-ended', host: 'web1', result, durationMs: 1 }, claimed?.fence)
      await store.append('other', { kind: 'ended', ending, durationMs: 1 }, claimed?.fence)
      if (when === 'before the press') await world.press(BOB, 'approve', message)
      else await world.restart()
      await world.says(message, 'another deployment has come in between since it was asked for')
      expect((await world.store.find(id))?.status).toBe('void')
      expect((await world.store.events(id)).map(({ event }) => event.kind)).not.toContain('started')
    },
  )

  it('of a rollback is given up while another deployment runs that has begun since', async () => {
    const { world, message } = await rollbackAsked()
    await world.store.create({ ...newDeployment('other'), order: order() })
    await begun(world.store, 'other', 'cli:1')
    await world.press(BOB, 'approve', message)
    await world.says(message, 'another deployment has come in between since it was asked for')
  })

  it('of an older commit is given up when a later one has succeeded', async () => {
    const { world, older, later } = await olderAndLater()
    await world.press(BOB, 'approve', later)
    await world.says(later, 'succeeded')
    await world.press(BOB, 'approve', older)
    await world.says(older, 'another deployment has come in between since it was asked for')
  })

  it('of a later commit counts when an older one has succeeded meanwhile', async () => {
    const { world, older, later } = await olderAndLater()
    for (const message of [older, later]) {
      await world.press(BOB, 'approve', message)
      await world.says(message, 'succeeded')
    }
  })

  it('pressed while the bot died before it acted on it is acted on by the next one', async () => {
    const world = await approvalWorld()
    const message = await world.ask()
    const id = (await world.latest())?.id ?? ''
    await world.store.accept(
      {
        trigger: `${message.channel}:${message.ts}:1.2:${BOB}`,
        actor: BOB,
        text: '',
        click: { action: 'approve', deployment: id },
        channel: message.channel,
        responseUrl: undefined,
        receivedAt: Date.now(),
      },
      'bot:1',
    )
    await world.restart()
    expect(await world.audited('approve')).toMatchObject([{ actor: BOB, decision: 'accepted' }])
    await world.says(message, 'succeeded')
    expect(await world.store.unsettled()).toEqual([])
  })
})

describe('a press of Cancel', () => {
  it('stops a deployment that waits for its turn, and records who pressed', async () => {
    const world = await approvalWorld({ approval: 'none' })
    await world.restart({ isStarting: false })
    const message = await world.ask()
    expect(world.buttons(message)).toEqual(['cancel'])
    await world.press(DAVE, 'cancel', message)
    await world.reads(DAVE, 'You may not do this')
    await world.press(BOB, 'cancel', message)
    await world.says(message, `was cancelled by <@${BOB}>`)
    expect(world.buttons(message)).toEqual([])
    expect(await world.audited('cancel', 2)).toMatchObject([
      { actor: DAVE, decision: 'not-permitted' },
      { actor: BOB, decision: 'accepted' },
    ])
  })

  it('stops what its asker wants no more, although touchdown.yml no longer has the service', async () => {
    const world = await approvalWorld({ approval: 'none' })
    await world.restart({ isStarting: false })
    const message = await world.ask()
    await world.restart({ isStarting: false, meanwhile: () => world.configure({ service: 'renamed' }) })
    await world.press(BOB, 'cancel', message)
    await world.audited('cancel')
    await world.press(ALICE, 'cancel', message)
    await world.says(message, `was cancelled by <@${ALICE}>`)
    expect(await world.audited('cancel', 2)).toMatchObject([
      { actor: BOB, decision: 'unknown-service' },
      { actor: ALICE, decision: 'accepted' },
    ])
  })
})

/** `BEFORE` and `NEW` were deployed, and a rollback is asked for that nobody begins yet. */
async function rollbackAsked() {
  const { world, older, later } = await olderAndLater()
  for (const message of [older, later]) {
    await world.press(BOB, 'approve', message)
    await world.says(message, 'succeeded')
  }
  await world.restart({ isStarting: false })
  return { world, message: await world.ask('rollback creator') }
}

/** Two that wait for their approval: the one that was asked for first brings the older commit. */
async function olderAndLater() {
  const world = await approvalWorld()
  world.git.held.add(BEFORE)
  world.git.main = BEFORE
  const older = await world.ask()
  world.git.main = NEW
  return { world, older, later: await world.ask() }
}
