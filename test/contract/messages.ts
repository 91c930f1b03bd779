import { describe, expect, test } from 'vitest'
import type { Told } from '../../src/ports/messages.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { type HandClock, newDeployment } from './orders.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'
import { ended, turnOf } from './samples.ts'

/** What Slack shows. */
export function messageContract(empty: () => Promise<EmptyRecords>): void {
  describe('what Slack shows', () => {
    let clock: HandClock
    let store: OpenStore
    let open: () => Promise<OpenStore>
    onEmptyRecords(empty, async (hand, opened) => {
      clock = hand
      open = opened
      store = await open()
    })

    const told: Told = {
      deployment: 'd1',
      channel: 'C01GEN',
      parent: '1700000000.000100',
      lines: 3,
      final: false,
      reposted: true,
      barred: ['C02OPS'],
      done: false,
    }
    const blank = { channel: undefined, parent: undefined, lines: 0, reposted: false, barred: [] }

    test('is remembered as it was last saved', async () => {
      await store.create(newDeployment('d1'))
      const turn = await turnOf(store)
      expect(await store.messages.told('d1')).toBeUndefined()
      await turn.save({ ...told, ...blank })
      expect(await store.messages.told('d1')).toEqual({ ...told, ...blank })
      await turn.save(told)
      expect(await store.messages.told('d1')).toEqual(told)
    })

    test('is lacking for all that is unfinished and all that has ended since, until it is done', async () => {
      const ids = async (since: number) => (await store.messages.untold(since)).map(({ id }) => id)
      for (const id of ['old', 'old-ended', 'long']) await store.create(newDeployment(id, { service: id }))
      await store.append('old-ended', ended('failed'))
      clock.forward(1_000)
      const since = clock.now()
      for (const id of ['new', 'new-ended']) await store.create(newDeployment(id, { service: id }))
      await store.append('new-ended', ended('failed'))
      clock.forward(1)
      await store.append('long', ended('succeeded'))
      expect(await ids(since)).toEqual(['old', 'new', 'new-ended', 'long'])
      const turn = await turnOf(store)
      await turn.save({ ...told, deployment: 'new' })
      await turn.save({ ...told, deployment: 'new-ended', done: true })
      expect(await ids(since)).toEqual(['old', 'new', 'long'])
    })

    test('is lacking again once something is recorded after the end was told', async () => {
      await store.create(newDeployment('d1'))
      await store.append('d1', ended('failed'))
      await (await turnOf(store)).save({ ...told, lines: 1, done: true })
      expect(await store.messages.untold(0)).toEqual([])
      await store.append('d1', { kind: 'cancel-asked', by: 'U02BOB' })
      expect(await store.messages.untold(0)).toEqual([{ id: 'd1', events: 2 }])
    })

    test('follows from what is recorded, in the order of the records', async () => {
      const other = await open()
      const { deployment } = await store.create(newDeployment('d1'))
      expect(await store.messages.news('d1', 0)).toEqual({ deployment, told: undefined, events: [] })
      const events = ['U01ALICE', 'U02BOB', 'U03CAROL'].map(by => ({ kind: 'cancel-asked', by }) as const)
      for (const [n, event] of events.entries()) await (n === 1 ? other : store).append('d1', event)
      await (await turnOf(store)).save(told)
      expect(await other.messages.news('d1', 1)).toEqual({ deployment, told, events: events.slice(1) })
    })
  })
}
