import { describe, expect, test } from 'vitest'
import type { Command } from '../../src/command.ts'
import type { DeploymentEvent } from '../../src/event.ts'
import type { NewDeployment } from '../../src/ports/records/creation.ts'
import type { Decided } from '../../src/ports/records/verdicts.ts'
import { LEASE_MS } from '../../src/ports/store.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { type HandClock, newDeployment } from './orders.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'
import { app } from './samples.ts'

const TIME_MS = 15 * 60_000

/** G3: an approval counts once, and before its time is over. What every store promises of it. */
export function approvalContract(empty: () => Promise<EmptyRecords>): void {
  describe('what somebody has to approve', () => {
    let clock: HandClock
    let store: OpenStore
    let other: OpenStore
    onEmptyRecords(empty, async (hand, open) => {
      clock = hand
      store = await open()
      other = await open()
    })

    const kinds = async (id: string) => (await other.events(id)).map(({ event }) => event.kind)

    test('awaits it, asked in the same moment, and stands in nobody’s way', async () => {
      const { deployment: made } = await store.create(asking('d1'))
      const approval = {
        hash: 'h1',
        askedAt: clock.now(),
        expiresAt: clock.now() + TIME_MS,
        decision: undefined,
      }
      expect(made).toMatchObject({ status: 'awaiting', approval })
      expect(await other.find('d1')).toEqual(made)
      expect((await other.events('d1')).map(({ event }) => event)).toEqual([
        { kind: 'approval-asked', approvers: ['U02BOB'], expiresAt: approval.expiresAt, rehearsals: [] },
      ])
      await store.create(newDeployment('d2'))
      expect(await store.ahead('d2')).toEqual([])
      expect((await store.startable()).map(({ id }) => id)).toEqual(['d2'])
      expect((await store.unfinished()).map(({ id }) => id)).toEqual(['d2'])
      expect(await store.claim('d1', 'bot')).toBeUndefined()
      expect((await store.messages.untold(clock.now())).map(({ id }) => id)).toEqual(['d1', 'd2'])
    })

    test('is queued when it is approved, behind all that are', async () => {
      await store.create(asking('d1'))
      await store.create(newDeployment('d2'))
      clock.forward(TIME_MS - 1)
      const decided = await store.decide('d1', approved('U02BOB'), 'click')
      expect(decided?.events).toEqual([approved('U02BOB')])
      expect(decided?.deployment).toMatchObject({
        status: 'queued',
        approval: { hash: 'h1', decision: { kind: 'approved', by: 'U02BOB', at: clock.now() } },
      })
      expect((await other.ahead('d1')).map(({ id }) => id)).toEqual(['d2'])
      expect(await other.claim('d1', 'bot')).toBeUndefined()
      await other.append('d2', { kind: 'ended', ending: 'succeeded', durationMs: 0 })
      expect((await other.claim('d1', 'bot'))?.deployment.approval?.decision?.by).toBe('U02BOB')
      expect(await store.expire()).toEqual([])
    })

    test('ends when it is rejected', async () => {
      await store.create(asking('d1'))
      const decided = await store.decide('d1', { kind: 'rejected', by: 'U02BOB' }, 'click')
      expect(decided?.deployment).toMatchObject({
        status: 'rejected',
        endedAt: clock.now(),
        approval: { decision: { kind: 'rejected', by: 'U02BOB' } },
      })
      expect(await kinds('d1')).toEqual(['approval-asked', 'rejected', 'ended'])
      expect(await store.startable()).toEqual([])
    })

    test('hears the first word only: the second one changes nothing and shows whose was first', async () => {
      await store.create(asking('d1'))
      const both = await Promise.all([
        store.decide('d1', approved('U02BOB'), 'click 1'),
        other.decide('d1', { kind: 'rejected', by: 'U03CAROL' }, 'click 2'),
      ])
      const [first, second] = both[0]?.events.length ? both : both.toReversed()
      expect(first?.events).not.toEqual([])
      expect(second?.events).toEqual([])
      expect(second?.deployment.approval?.decision).toEqual(first?.deployment.approval?.decision)
      const again = await store.decide('d1', approved('U04DAVE'), 'click 3')
      expect(again?.events).toEqual([])
      expect(again?.deployment.approval?.decision).toEqual(first?.deployment.approval?.decision)
    })

    test('hears nobody once its time is over, and ends for one caller', async () => {
      await store.create(asking('d1'))
      clock.forward(TIME_MS)
      const late = await store.decide('d1', approved('U02BOB'), 'click')
      expect(late).toMatchObject({ events: [], deployment: { status: 'awaiting' } })
      const ends = (await Promise.all([store.expire(), other.expire()])).flat()
      expect(ends.map(({ deployment, events }) => [deployment.status, events])).toEqual([
        ['expired', [{ kind: 'ended', ending: 'expired', durationMs: 0 }]],
      ])
      expect(await kinds('d1')).toEqual(['approval-asked', 'ended'])
      expect((await store.decide('d1', approved('U02BOB'), 'click 2'))?.events).toEqual([])
    })

    test('is given up with the reason, and not once it is decided', async () => {
      await store.create(asking('d1'))
      const why = { kind: 'config-changed' } as const
      expect(await store.giveUp('d1', why)).toMatchObject({
        deployment: { status: 'void' },
        events: [
          { kind: 'void', why },
          { kind: 'ended', ending: 'void' },
        ],
      })
      await store.create(asking('d2'))
      await store.decide('d2', approved('U02BOB'), 'click')
      expect(await store.giveUp('d2', why)).toBeUndefined()
      expect((await store.find('d2'))?.status).toBe('queued')
    })

    test('is given up by the run that has claimed it, and by no stale one', async () => {
      await store.create(asking('d1'))
      await store.decide('d1', approved('U02BOB'), 'click')
      const stale = (await store.claim('d1', 'cli:1'))?.fence ?? 0
      clock.forward(LEASE_MS + 1)
      const fence = (await other.resume('d1', 'bot:1'))?.fence
      const why = { kind: 'config-changed' } as const
      expect(await store.giveUp('d1', why, stale)).toBeUndefined()
      expect((await store.find('d1'))?.status).toBe('running')
      expect((await other.giveUp('d1', why, fence))?.deployment.status).toBe('void')
      expect(await kinds('d1')).toEqual(['approval-asked', 'approved', 'void', 'ended'])
      expect(await other.giveUp('d1', why, fence)).toBeUndefined()
    })

    test('can be cancelled, but after what changes hosts', async () => {
      await store.create(asking('d1'))
      await store.create(newDeployment('d2'))
      await store.claim('d2', 'bot')
      expect((await store.cancel(app, 'U01ALICE', 'c1'))?.deployment.id).toBe('d2')
      expect((await store.cancel(app, 'U01ALICE', 'c2'))?.deployment).toMatchObject({
        id: 'd1',
        status: 'cancelled',
      })
      expect((await store.decide('d1', approved('U02BOB'), 'click'))?.events).toEqual([])
    })

    test('ends in one state, whoever speaks at the same moment', async () => {
      const words = (id: string, at: OpenStore) => [
        () => at.decide(id, approved('U02BOB'), `${id} approve`),
        () => at.decide(id, { kind: 'rejected', by: 'U03CAROL' }, `${id} reject`),
        () => at.giveUp(id, { kind: 'config-changed' }),
        () => at.cancel(id, 'U01ALICE', `${id} cancel`),
      ]
      for (let turn = 0; turn < 24; turn++) {
        const id = `d${turn}`
        await store.create(asking(id))
        const said = words(id, store).concat(words(id, other))
        const rotated = [...said.slice(turn % 8), ...said.slice(0, turn % 8)]
        await Promise.all(rotated.map(word => word()))
        const told = await kinds(id)
        expect(told.filter(kind => kind === 'ended').length).toBe(1)
        expect(told.filter(kind => kind === 'approved' || kind === 'rejected').length).toBeLessThan(2)
        expect(['rejected', 'void', 'cancelled']).toContain((await store.find(id))?.status)
      }
    })

    test('knows a press that it has acted on already, and keeps one that it has not', async () => {
      await store.create(asking('d1'))
      const click = { action: 'approve', deployment: 'd1' } as const
      await store.accept({ ...pressed, click }, 'bot:1')
      expect(await other.unsettled()).toEqual([{ ...pressed, click }])
      expect(await store.doneBy(pressed.trigger)).toBeUndefined()
      await store.decide('d1', approved('U02BOB'), pressed.trigger)
      expect(await other.doneBy(pressed.trigger)).toMatchObject({ kind: 'decided', deployment: { id: 'd1' } })
    })

    test('that is not there is not decided', async () => {
      expect(await store.decide('d1', approved('U02BOB'), 'click')).toBeUndefined()
      expect(await store.giveUp('d1', { kind: 'config-changed' })).toBeUndefined()
    })

    test('needs nobody where nobody has to be asked', async () => {
      await store.create(newDeployment('d1'))
      expect(await store.decide('d1', approved('U02BOB'), 'click')).toMatchObject({
        events: [],
        deployment: { status: 'queued', approval: undefined },
      })
    })
  })
}

function asking(id: string): NewDeployment {
  const approval = { hash: 'h1', expiresInMs: TIME_MS, approvers: ['U02BOB'], rehearsals: [] }
  return { ...newDeployment(id), approval }
}

function approved(by: string): Decided & DeploymentEvent {
  return { kind: 'approved', by, ahead: 3 }
}

const pressed: Command = {
  trigger: 'C01GEN:1700000000.000100:1700000001.000200:U02BOB',
  actor: 'U02BOB',
  text: '',
  channel: 'C01GEN',
  responseUrl: undefined,
  receivedAt: 1_700_000_000_000,
}
