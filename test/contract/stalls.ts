import { describe, expect, test } from 'vitest'
import type { Answered, DeploymentEvent, Offer } from '../../src/event.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { type HandClock, newDeployment } from './orders.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'
import { begun } from './samples.ts'

const TIME_MS = 15 * 60_000
const STALLED: DeploymentEvent = { kind: 'stalled', forMs: TIME_MS, expiresAt: 0 }
const NOBODY: Answered = { kind: 'answered', answer: 'leave', by: undefined }
const RETRY: readonly Offer[] = [{ kind: 'retry', hosts: ['web1'] }]
const by = (who: string, answer: 'resume' | 'leave'): Answered => ({ kind: 'answered', answer, by: who })

/** What becomes of a deployment whose swaps were interrupted: what every store promises of it. */
export function stallContract(empty: () => Promise<EmptyRecords>): void {
  describe('what has stalled', () => {
    let clock: HandClock
    let store: OpenStore
    let other: OpenStore
    onEmptyRecords(empty, async (hand, open) => {
      clock = hand
      store = await open()
      other = await open()
      await store.create(newDeployment('d1'))
      await store.create(newDeployment('d2'))
      const claimed = await begun(store, 'd1', 'bot:1')
      await store.append('d1', STALLED, claimed?.fence)
    })

    const kinds = async (id: string) => (await other.events(id)).map(({ event }) => event.kind)
    const startable = async () => (await other.startable()).map(({ id }) => id)

    test('keeps its place, is nobody’s, and is no orphan', async () => {
      expect(await other.find('d1')).toMatchObject({ status: 'stalled', endedAt: undefined })
      clock.forward(TIME_MS - 1)
      expect(await startable()).toEqual([])
      expect(await other.claim('d1', 'bot:2')).toBeUndefined()
      expect(await other.orphans('bot:2')).toEqual([])
      expect(await other.append('d1', { kind: 'cancel-asked', by: 'U01ALICE' }, 1)).toBe(false)
      expect((await store.unfinished()).map(({ id }) => id)).toEqual(['d1', 'd2'])
      expect((await store.messages.untold(clock.now())).map(({ id }) => id)).toEqual(['d1', 'd2'])
      expect(await store.overdue()).toEqual([])
    })

    test('resumed, it is the next at its place, and has begun when it first did', async () => {
      const began = (await other.find('d1'))?.startedAt
      expect(began).toBe(clock.now())
      clock.forward(1_000)
      const said = await store.answer('d1', by('U02BOB', 'resume'), 'click', [])
      expect(said).toMatchObject({ deployment: { status: 'queued' }, events: [by('U02BOB', 'resume')] })
      expect(await startable()).toEqual(['d1'])
      const claimed = await other.claim('d1', 'bot:2')
      expect(claimed).toMatchObject({
        fence: 2,
        firstFence: 1,
        deployment: { status: 'running', startedAt: began },
      })
      await other.append('d1', { kind: 'started', fence: 2 }, claimed?.fence)
      expect((await store.find('d1'))?.startedAt).toBe(began)
      expect(await store.doneBy('click')).toMatchObject({ kind: 'decided', deployment: { id: 'd1' } })
    })

    test('left, it has ended as interrupted with what it offers, and others go on', async () => {
      const left = await store.answer('d1', by('U02BOB', 'leave'), 'click', RETRY)
      expect(left).toMatchObject({ deployment: { status: 'interrupted', endedAt: clock.now() } })
      expect(left?.events.at(-1)).toMatchObject({ kind: 'ended', ending: 'interrupted', offers: RETRY })
      expect(await startable()).toEqual(['d2'])
      expect(await store.doneBy('click')).toMatchObject({ kind: 'decided' })
    })

    test('the first word counts', async () => {
      const both = await Promise.all([
        store.answer('d1', by('U02BOB', 'resume'), 'click 1', []),
        other.answer('d1', by('U03CAROL', 'leave'), 'click 2', []),
      ])
      expect(both.filter(said => said?.events.length === 0)).toHaveLength(1)
      const first = both.find(said => said?.events.length)
      const answered = (await store.events('d1')).filter(({ event }) => event.kind === 'answered')
      expect(answered.map(({ event }) => event)).toEqual([first?.events[0]])
      expect(await store.answer('d1', by('U02BOB', 'leave'), 'click 3', [])).toMatchObject({ events: [] })
      expect(await store.answer('none', by('U02BOB', 'leave'), 'click 4', [])).toBeUndefined()
    })

    test('is left by itself once its time is over, for one caller, and nobody’s word comes after', async () => {
      expect(await store.answer('d1', NOBODY, undefined, [])).toMatchObject({ events: [] })
      clock.forward(TIME_MS)
      expect((await other.overdue()).map(({ id }) => id)).toEqual(['d1'])
      expect(await store.answer('d1', by('U02BOB', 'resume'), 'late', [])).toMatchObject({ events: [] })
      const ends = await Promise.all([store, other].map(one => one.answer('d1', NOBODY, undefined, [])))
      expect(ends.filter(said => said?.events.length)).toHaveLength(1)
      expect(await kinds('d1')).toEqual(['started', 'stalled', 'answered', 'ended'])
      expect(await store.overdue()).toEqual([])
      expect(await store.audited(0, 9)).toMatchObject([
        { actor: 'touchdown', action: 'leave', target: 'app.production', decision: 'expired', detail: 'd1' },
      ])
    })

    test('cancelled, it is left as it is, and not said to have changed nothing', async () => {
      const stopped = await store.cancel({ service: 'app', environment: 'production' }, 'U02BOB', 'cancel')
      expect(stopped?.deployment).toMatchObject({ id: 'd1', status: 'interrupted', cancelledBy: 'U02BOB' })
      expect(await startable()).toEqual(['d2'])
    })

    test('one that was cancelled just before has ended, and asks nobody', async () => {
      await store.answer('d1', by('U02BOB', 'resume'), 'click', [])
      const claimed = await store.claim('d1', 'bot:2')
      await other.cancel('d1', 'U03CAROL', 'cancel')
      expect(await store.append('d1', STALLED, claimed?.fence)).toBe(true)
      expect(await other.find('d1')).toMatchObject({ status: 'interrupted', cancelledBy: 'U03CAROL' })
      expect((await kinds('d1')).slice(-3)).toEqual(['cancel-asked', 'stalled', 'ended'])
      expect(await startable()).toEqual(['d2'])
    })

    test('stalls again after it was resumed, and has its whole time again', async () => {
      await store.answer('d1', by('U02BOB', 'resume'), 'click 1', [])
      const claimed = await store.claim('d1', 'bot:2')
      clock.forward(TIME_MS)
      await store.append('d1', STALLED, claimed?.fence)
      expect(await store.overdue()).toEqual([])
      const again = await store.answer('d1', by('U02BOB', 'leave'), 'click 2', [])
      expect(again?.deployment.status).toBe('interrupted')
    })
  })
}
