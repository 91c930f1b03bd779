import { afterEach, beforeEach } from 'vitest'
import type { Clock } from '../../src/ports/clock.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { type HandClock, handClock } from './orders.ts'

/** One empty set of records. `open` gives another store on the same records, as another process would have. */
export interface EmptyRecords {
  open(clock: Clock): Promise<OpenStore>
  remove(): Promise<void>
}

/** Each test of the suite begins on empty records; the stores that it opens on them are closed at its end. */
export function onEmptyRecords(
  empty: () => Promise<EmptyRecords>,
  begin: (clock: HandClock, open: () => Promise<OpenStore>) => Promise<void>,
): void {
  const opened: OpenStore[] = []
  let records: EmptyRecords
  beforeEach(async () => {
    records = await empty()
    const clock = handClock()
    await begin(clock, async () => {
      const store = await records.open(clock)
      opened.push(store)
      return store
    })
  })
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
    await records.remove()
  })
}
