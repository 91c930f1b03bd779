import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../src/store/store.ts'
import { host, newDeployment } from './orders.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'
import { ended } from './samples.ts'

/** The numbers by which hosts turn away whoever is too late. */
export function fenceContract(empty: () => Promise<EmptyRecords>): void {
  describe('fence numbers', () => {
    let store: OpenStore
    let open: () => Promise<OpenStore>
    onEmptyRecords(empty, async (_, opened) => {
      open = opened
      store = await open()
    })

    test('F11: records that are an older copy catch up: no number up to one that hosts have seen is given', async () => {
      const other = await open()
      await store.create(newDeployment('d1'))
      const first = (await store.claim('d1', 'bot'))?.fence ?? 0
      expect(await other.lastFence()).toBe(first)
      await store.raiseFence(57, 'cli:ada')
      expect(await other.lastFence()).toBe(57)
      await other.raiseFence(40, 'cli:ada')
      expect(await store.lastFence()).toBeGreaterThanOrEqual(57)
      await store.append('d1', ended('failed'))
      await store.create(newDeployment('d2'))
      expect((await other.claim('d2', 'bot'))?.fence).toBeGreaterThan(57)
      expect((await store.audited(0, 9)).map(({ actor, action, detail }) => [actor, action, detail])).toEqual(
        [['cli:ada', 'catch-up', `fence ${first} to 57`]],
      )
    })

    test('F11: to catch up stops what waits, each told and audited, once; what runs goes on', async () => {
      await store.create(newDeployment('d1'))
      await store.create(newDeployment('d2'))
      await store.create(newDeployment('d3', { service: 'b', hosts: [host('web2')] }))
      await store.claim('d3', 'bot')
      expect((await store.raiseFence(57, 'cli:ada')).map(({ id }) => id)).toEqual(['d1', 'd2'])
      expect(await store.raiseFence(57, 'cli:ada')).toEqual([])
      expect(await store.find('d1')).toMatchObject({ status: 'cancelled', cancelledBy: 'cli:ada' })
      expect((await store.events('d2')).map(({ event }) => event.kind)).toEqual(['cancel-asked', 'ended'])
      expect((await store.unfinished()).map(({ id }) => id)).toEqual(['d3'])
      expect(await store.find('d3')).toMatchObject({ status: 'running', cancelledBy: undefined })
      expect((await store.audited(0, 9)).map(({ actor, action, detail }) => [actor, action, detail])).toEqual(
        [
          ['cli:ada', 'catch-up', 'fence 1 to 57'],
          ['cli:ada', 'cancel', 'd1'],
          ['cli:ada', 'cancel', 'd2'],
        ],
      )
    })
  })
}
