import { LEASE_MS } from '../ports.ts'

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
} {
  let seen: ReadonlyMap<string, Lease & { readonly since: number }> = new Map()
  return {
    over(leases, now) {
      const at = performance.now()
      const next = new Map<string, Lease & { readonly since: number }>()
      for (const [key, lease] of leases) {
        const before = seen.get(key)
        const isSame = before?.owner === lease.owner && before.until === lease.until
        next.set(key, isSame ? before : { ...lease, since: at })
      }
      seen = next
      const over = [...next].filter(([, { until, since }]) => until < now || at - since > LEASE_MS)
      return new Set(over.map(([key]) => key))
    },
  }
}
