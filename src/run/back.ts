import type { Cause, HostResult } from '../host-result.ts'
import type { Host, Order } from '../order.ts'
import { type Revision, revisionFrom } from '../revision.ts'
import type { Step } from '../step.ts'

/** What a host had before its first change; undefined where it was not to be changed yet. */
export interface Before {
  readonly head: string | undefined
}

/** What is known of a host's part in this deployment. */
export interface Part {
  readonly result: HostResult
  readonly before: Before | undefined
  /** What takes its swap back. */
  readonly undo: readonly Step[]
}

/** From what a host has to what it had. */
export interface WayBack {
  readonly host: Host
  readonly previous: Revision
  readonly undo: readonly Step[]
  /** How it had ended before. */
  readonly result: HostResult & { readonly status: 'succeeded' | 'failed' }
}

/**
 * Who is put back after these ends, one batch after another, where the order says so and a host has failed or its end is not known:
 * those that have switched, and before them those that failed on the way. Who had no commit before, the same code or no container,
 * has nothing to go back to; a swap that failed has taken itself back.
 */
export function waysBack(order: Order, parts: ReadonlyMap<string, Part>): readonly (readonly WayBack[])[] {
  if (order.onFailure !== 'rollback' || !causeOf(order, parts)) return []
  const ways = order.hosts.flatMap(host => {
    const way = wayBack(order, host, parts.get(host.name))
    return way ? [way] : []
  })
  const [halfway, switched] = (['failed', 'succeeded'] as const).map(status =>
    ways.filter(({ result }) => result.status === status),
  )
  return [...batches(halfway ?? [], order.batch), ...batches(switched ?? [], order.batch)]
}

function wayBack(order: Order, host: Host, part: Part | undefined): WayBack | undefined {
  if (!part) return undefined
  const { result, undo } = part
  const before = result.status === 'succeeded' ? result.previous : part.before?.head
  const previous = revisionFrom(before ?? '')
  if (previous === undefined) return undefined
  const isCode = order.kind === 'code'
  switch (result.status) {
    case 'succeeded':
      return (isCode ? previous === order.revision : undo.length === 0)
        ? undefined
        : { host, previous, undo, result }
    case 'failed':
      return isCode && previous !== order.revision && isHalfway(result, previous)
        ? { host, previous, undo, result }
        : undefined
    case 'unknown':
    case 'untouched':
    case 'put-back':
      return undefined
  }
}

/** Steps that a deploy fails at before it has changed anything. */
const UNCHANGED_AT = new Set(['connect', 'look', 'hold', 'keep', 'reloads'])

function isHalfway({ step, now, stayed, restored }: Failed, previous: Revision): boolean {
  if (stayed || restored || UNCHANGED_AT.has(step)) return false
  // A reset that failed may have changed some of the files.
  return step === 'reset' || now?.head !== previous || now.served !== previous
}

type Failed = HostResult & { readonly status: 'failed' }

function batches(ways: readonly WayBack[], size = Math.max(ways.length, 1)): readonly (readonly WayBack[])[] {
  return Array.from({ length: Math.ceil(ways.length / size) }, (_, index) =>
    ways.slice(index * size, (index + 1) * size),
  )
}

/** Cancelled is not failed: an untouched host alone puts nobody back. Nor is a way back that failed the reason for others. */
export function causeOf(
  { hosts }: Order,
  parts: ReadonlyMap<string, Pick<Part, 'result'>>,
): Cause | undefined {
  const causes = hosts.flatMap(({ name }): Cause[] => {
    const result = parts.get(name)?.result
    if (result?.status !== 'failed' && result?.status !== 'unknown') return []
    return [result.stayed ? result.stayed.cause : { host: name, end: result.status }]
  })
  return causes.find(({ host }) => parts.get(host)?.result.status === 'failed') ?? causes[0]
}
