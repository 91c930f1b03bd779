import { type Host, type HostResult, type Order, type Revision, revisionFrom } from '../deployment.ts'
import type { Step } from '../ports.ts'

/** Hosts that go back together, because `failed` did not end as ordered. */
export interface WayBack {
  readonly hosts: readonly { readonly host: Host; readonly previous: Revision }[]
  readonly failed: string
}

/**
 * Who is put back after these ends, one batch after another: those that have switched, where the order says so and a host has
 * failed or its end is not known. Who had no commit before, the same code or no container, has nothing to go back to.
 */
export function waysBack(
  order: Order,
  ends: ReadonlyMap<string, HostResult>,
  undo: ReadonlyMap<string, readonly Step[]>,
): readonly WayBack[] {
  const failed = firstFailed(order, ends)
  if (order.onFailure !== 'rollback' || failed === undefined) return []
  const switched = order.hosts.flatMap(host => {
    const end = ends.get(host.name)
    const previous = end?.status === 'succeeded' ? revisionFrom(end.previous ?? '') : undefined
    const isNothing = order.kind === 'code' ? previous === order.revision : !undo.get(host.name)?.length
    return previous === undefined || isNothing ? [] : [{ host, previous }]
  })
  const size = order.batch ?? Math.max(switched.length, 1)
  const batches = Array.from({ length: Math.ceil(switched.length / size) }, (_, index) =>
    switched.slice(index * size, (index + 1) * size),
  )
  return batches.map(hosts => ({ hosts, failed }))
}

/** Cancelled is not failed: an untouched host alone puts nobody back. */
export function firstFailed({ hosts }: Order, ends: ReadonlyMap<string, HostResult>): string | undefined {
  return hosts.find(({ name }) => ['failed', 'unknown'].includes(ends.get(name)?.status ?? ''))?.name
}
