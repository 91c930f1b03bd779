import { describe, expect, test } from 'vitest'
import type { DeploymentEvent } from '../../src/event.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { type HandClock, newDeployment } from './orders.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'
import { app, ended } from './samples.ts'

const byBob: DeploymentEvent = { kind: 'cancel-asked', by: 'U02BOB' }

/** Somebody stops a deployment. */
export function cancelContract(empty: () => Promise<EmptyRecords>): void {
  describe('a cancel', () => {
    let clock: HandClock
    let store: OpenStore
    let open: () => Promise<OpenStore>
    onEmptyRecords(empty, async (hand, opened) => {
      clock = hand
      open = opened
      store = await open()
    })

    test('ends a queued deployment at once and lets the next one start', async () => {
      await store.create(newDeployment('d1'))
      await store.create(newDeployment('d2', { service: 'b' }))
      const cancelled = await store.cancel(app, 'U02BOB', 'c1')
      expect(cancelled).toEqual({ deployment: await store.find('d1'), events: [byBob, ended('cancelled')] })
      expect(cancelled?.deployment).toMatchObject({
        id: 'd1',
        status: 'cancelled',
        cancelledBy: 'U02BOB',
        endedAt: clock.now(),
      })
      expect((await store.events('d1')).map(({ event }) => event)).toEqual(cancelled?.events)
      expect((await store.startable()).map(({ id }) => id)).toEqual(['d2'])
      expect(await store.claim('d1', 'bot')).toBeUndefined()
    })

    test('marks a running deployment, which goes on until it ends; the first who asked is kept', async () => {
      await store.create(newDeployment('d1'))
      await store.claim('d1', 'bot')
      await store.cancel(app, 'U02BOB', 'c1')
      const again = await store.cancel(app, 'U03EVE', 'c2')
      expect(again?.deployment).toMatchObject({
        id: 'd1',
        status: 'running',
        cancelledBy: 'U02BOB',
        endedAt: undefined,
      })
      expect(again?.events).toEqual([{ kind: 'cancel-asked', by: 'U03EVE' }])
      await store.create(newDeployment('d2'))
      expect(await store.startable()).toEqual([])
    })

    test('after another stops the next one that nobody has stopped', async () => {
      for (const id of ['d1', 'd2', 'd3']) await store.create(newDeployment(id))
      await store.claim('d1', 'bot')
      const stopped = []
      for (const trigger of ['c1', 'c2', 'c3', 'c4'])
        stopped.push((await store.cancel(app, 'U02BOB', trigger))?.deployment)
      expect(stopped.map(deployment => deployment?.id)).toEqual(['d1', 'd2', 'd3', 'd1'])
      expect(stopped.map(deployment => deployment?.status)).toEqual([
        'running',
        'cancelled',
        'cancelled',
        'running',
      ])
    })

    test('G4: delivered again stops nothing more and gives the same one, whatever was queued since', async () => {
      for (const id of ['d1', 'd2']) await store.create(newDeployment(id))
      const first = await store.cancel(app, 'U02BOB', 'c1')
      expect(await (await open()).cancel(app, 'U02BOB', 'c1')).toEqual({ ...first, events: [] })
      expect((await store.events('d1')).map(({ event }) => event)).toEqual(first?.events)
      expect((await store.unfinished()).map(({ id }) => id)).toEqual(['d2'])
    })

    test('of one by its id leaves the one before it alone', async () => {
      await store.create(newDeployment('d1'))
      await store.create(newDeployment('d2'))
      await store.claim('d1', 'bot')
      expect((await store.cancel('d2', 'U02BOB', 'c1'))?.deployment).toMatchObject({
        id: 'd2',
        status: 'cancelled',
      })
      expect(await store.cancel('d2', 'U02BOB', 'c2')).toBeUndefined()
      expect(await store.find('d1')).toMatchObject({ status: 'running', cancelledBy: undefined })
      expect(await store.cancel('nothing', 'U02BOB', 'c3')).toBeUndefined()
    })

    test('finds nothing where nothing is under way, and does not find it later', async () => {
      await store.create(newDeployment('d1', { environment: 'staging' }))
      expect(await store.cancel(app, 'U02BOB', 'c1')).toBeUndefined()
      await store.create(newDeployment('d2'))
      expect(await store.cancel(app, 'U02BOB', 'c1')).toBeUndefined()
      expect((await store.find('d2'))?.status).toBe('queued')
    })
  })
}
