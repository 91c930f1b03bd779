import { describe, expect, test } from 'vitest'
import type { NewHold } from '../../src/ports/records/holds.ts'
import type { OpenStore } from '../../src/store/store.ts'
import type { HandClock } from './orders.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'
import { app } from './samples.ts'

const HOUR = 3_600_000

/** What every store promises of holds. */
export function holdContract(empty: () => Promise<EmptyRecords>): void {
  describe('holds', () => {
    let clock: HandClock
    let store: OpenStore
    let other: OpenStore
    onEmptyRecords(empty, async (hand, open) => {
      clock = hand
      store = await open()
      other = await open()
    })

    test('a hold is in force for every store, for its target alone', async () => {
      expect(await store.hold(app)).toBeUndefined()
      const held = { target: app, by: 'U01ALICE', reason: 'Wir „frieren“ ein ❄️', since: clock.now() }
      expect(await store.setHold(hold('t1', { reason: held.reason }))).toEqual({ ...held, until: undefined })
      clock.forward(400 * 24 * HOUR)
      expect(await other.hold(app)).toEqual({ ...held, until: undefined })
      expect(await store.hold({ ...app, environment: 'staging' })).toBeUndefined()
      expect(await store.hold({ ...app, service: 'api' })).toBeUndefined()
    })

    test('ends when its time is over, by the records’ clock, and another person can set the next', async () => {
      const until = clock.now() + 2 * HOUR
      expect(await store.setHold(hold('t1', { forMs: 2 * HOUR }))).toMatchObject({ until })
      clock.forward(2 * HOUR - 1)
      expect(await other.hold(app)).toMatchObject({ until })
      expect(await other.setHold(hold('t2', { by: 'U02BOB' }))).toMatchObject({ by: 'U01ALICE' })
      clock.forward(1)
      expect(await store.hold(app)).toBeUndefined()
      expect(await store.endHold(app, 'U02BOB', 't3')).toBeUndefined()
      expect(await other.setHold(hold('t4', { by: 'U02BOB' }))).toMatchObject({
        by: 'U02BOB',
        since: clock.now(),
      })
    })

    test('of the same person takes the new reason and time, and keeps its age', async () => {
      const since = clock.now()
      await store.setHold(hold('t1', { forMs: HOUR }))
      clock.forward(1_000)
      const changed = { target: app, by: 'U01ALICE', reason: 'longer', since, until: undefined }
      expect(await store.setHold(hold('t2', { reason: 'longer' }))).toEqual(changed)
      clock.forward(2 * HOUR)
      expect(await other.hold(app)).toEqual(changed)
      expect(await other.endHold(app, 'U02BOB', 't3')).toEqual(changed)
      expect(await store.hold(app)).toBeUndefined()
    })

    test('stays as it is when somebody else would set one', async () => {
      const first = await store.setHold(hold('t1'))
      expect(await other.setHold(hold('t2', { by: 'U02BOB', reason: 'mine' }))).toEqual(first)
      expect(await store.hold(app)).toEqual(first)
    })

    test('is ended by anybody, once, and can be set again', async () => {
      const first = await store.setHold(hold('t1'))
      expect(await other.endHold(app, 'U02BOB', 't2')).toEqual(first)
      expect(await store.hold(app)).toBeUndefined()
      expect(await store.endHold(app, 'U02BOB', 't3')).toBeUndefined()
      expect(await store.setHold(hold('t4', { by: 'U02BOB' }))).toMatchObject({ by: 'U02BOB' })
    })

    test('G4: set or ended again by the same command changes nothing', async () => {
      const first = await store.setHold(hold('t1', { forMs: HOUR }))
      await other.endHold(app, 'U02BOB', 't2')
      clock.forward(1_000)
      expect(await other.setHold(hold('t1', { forMs: HOUR }))).toEqual(first)
      expect(await store.hold(app)).toBeUndefined()
      const second = await store.setHold(hold('t3', { by: 'U03CAROL' }))
      expect(await store.endHold(app, 'U02BOB', 't2')).toEqual(first)
      expect(await store.hold(app)).toEqual(second)
    })

    test('that two end at once is ended by one', async () => {
      for (let turn = 0; turn < 10; turn++) {
        await store.setHold(hold(`t${turn}`))
        const ends = await Promise.all([
          store.endHold(app, 'U02BOB', `b${turn}`),
          other.endHold(app, 'U03CAROL', `c${turn}`),
        ])
        expect(ends.filter(end => end !== undefined)).toHaveLength(1)
      }
    })

    test('of a hundred who set one at once is that of one', async () => {
      const numbers = Array.from({ length: 100 }, (_, n) => n)
      const set = await Promise.all(
        numbers.map(n => (n % 2 ? store : other).setHold(hold(`t${n}`, { by: `U${n}` }))),
      )
      expect(new Set(set.map(({ by }) => by)).size).toBe(1)
      expect(await store.hold(app)).toEqual(set[0])
    })
  })
}

function hold(trigger: string, about: Partial<NewHold> = {}): NewHold {
  return { target: app, by: 'U01ALICE', reason: 'freeze', forMs: undefined, trigger, ...about }
}
