import { LEASE_MS } from '../ports/store.ts'

/** A claim, as it was last renewed. */
export interface Lease {
  readonly owner: string
  /** By the records' clock. */
  readonly until: number
}

/**
 * Which of some leases are over: by the records' clock or, since that may be set back by hours, because they have not changed
 * for a whole lease by ours. Where the clock is set forward, the living are taken for dead; the fence keeps that safe: their
 * next word is not recorded, and no host obeys them any more.
 */
export function watchLeases(): {
  /** `now` by the records' clock; both read just before. Of what is not among them any more nothing is remembered. */
  over(leases: ReadonlyMap<string, Lease>, now: number): ReadonlySet<string>
  /** Of those that were looked at last: whatever the records' clock says, it has not changed for a whole lease by ours. */
  isUnchanged(key: string): boolean
} {
  let seen: ReadonlyMap<string, Lease & { readonly since: number }> = new Map()

  function isUnchanged(key: string): boolean {
    const lease = seen.get(key)
    return lease !== undefined && performance.now() - lease.since > LEASE_MS
  }

  return {
    isUnchanged,
    over(leases, now) {
      const at = performance.now()
      const next = new Map<string, Lease & { readonly since: number }>()
      for (const [key, lease] of leases) {
        const before = seen.get(key)
        const isSame = before?.owner === lease.owner && before.until === lease.until
        next.set(key, isSame ? before : { ...lease, since: at })
      }
      seen = next
      const over = [...next].filter(([key, { until }]) => until < now || isUnchanged(key))
      return new Set(over.map(([key]) => key))
    },
  }
}
