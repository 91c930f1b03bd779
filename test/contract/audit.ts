import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../src/store/store.ts'
import type { HandClock } from './orders.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'

/** What is audited. */
export function auditContract(empty: () => Promise<EmptyRecords>): void {
  describe('the audit', () => {
    let clock: HandClock
    let store: OpenStore
    let open: () => Promise<OpenStore>
    onEmptyRecords(empty, async (hand, opened) => {
      clock = hand
      open = opened
      store = await open()
    })

    test('the audit is read in its order, a page at a time', async () => {
      const row = { actor: 'U01ALICE', action: 'deploy', decision: 'accepted', detail: 'a\0b' }
      expect(await store.audited(0, 10)).toEqual([])
      for (const target of ['app', undefined, 'api']) {
        await store.audit({ ...row, target })
        clock.forward(5)
      }
      const at = clock.now() - 15
      const first = { ...row, detail: 'a\\u0000b', target: 'app', n: 1, at }
      expect(await (await open()).audited(0, 2)).toEqual([
        first,
        { ...first, target: undefined, n: 2, at: at + 5 },
      ])
      expect((await store.audited(2, 2)).map(({ n, target }) => [n, target])).toEqual([[3, 'api']])
    })

    test('G9: of what comes of one command each decision is audited once, without a gap, whoever says it again', async () => {
      const other = await open()
      const row = { actor: 'U01ALICE', action: 'lock', target: 'app', decision: 'accepted', detail: '' }
      await Promise.all(
        [1, 2, 3, 4].map(n => (n % 2 ? store : other).audit({ ...row, detail: String(n) }, 't1')),
      )
      await other.audit({ ...row, decision: 'held' }, 't1')
      await store.audit(row, 't2')
      await store.audit(row)
      await store.audit(row)
      const said = (await store.audited(0, 10)).map(({ n, decision }) => [n, decision])
      expect(said).toEqual([
        [1, 'accepted'],
        [2, 'held'],
        [3, 'accepted'],
        [4, 'accepted'],
        [5, 'accepted'],
      ])
    })
  })
}
