import type { Target } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import type { Order } from '../order.ts'
import type { Attempt } from '../ports/records/history.ts'
import { type Decision, type Refusal, refuse, yes } from '../refusal.ts'
import { shortRevision } from '../revision.ts'
import { isOneImage, type Past, pastOf, type Release, type State } from './releases.ts'

/** Deployments of the target that are looked back on. */
export const LOOK_BACK = 200

/**
 * What a rollback of the target brings back: the revision whose start was typed, else what came last before what is there now.
 * Only what the attempts (newest first) show to have succeeded on every host of the target: a revision in a container.
 * A rollback takes back what came after it, so the next one goes further back; one that did not succeed is tried again.
 */
export function rollbackTo(
  attempts: readonly Attempt[],
  target: Pick<Target, 'service' | 'environment' | 'hosts'>,
  typed: string | undefined,
): Decision<KnownRelease> {
  const { service, environment, hosts } = target
  const id = { service, environment }
  const unfinished = attempts.find(({ deployment }) => isUnderway(deployment))
  if (unfinished) return refuse(inTheWay(unfinished.deployment))

  const past = pastOf(attempts, hosts)
  const now = past.states.at(-1)
  const good = past.states.filter(past.isGood).reverse()
  const others = good.filter(state => now === undefined || !past.isSame(state, now)).map(past.releaseOf)
  const known = [...new Set(others.filter(isKnown).map(({ revision }) => shortRevision(revision)))]
  const found = typed === undefined ? before(past) : startingWith(typed, others, good.map(past.releaseOf))
  const [release, second] = found
  if (release === undefined) return refuse({ reason: 'no-rollback', target: id, typed, known })
  if (second !== undefined) {
    const choices = found.map(({ revision }) => revision)
    return refuse({ reason: 'ambiguous-ref', service, ref: typed ?? '', choices })
  }
  return isKnown(release)
    ? yes(release)
    : refuse({ reason: 'no-image', target: id, revision: release.revision, known })
}

export type KnownRelease = Release & { readonly container: Exclude<Release['container'], 'unknown'> }

function isKnown(release: Release): release is KnownRelease {
  return release.container !== 'unknown'
}

/** One of each revision: what is not there now comes first, then what needs no new container, then what came last. */
function startingWith(
  typed: string,
  others: readonly Release[],
  good: readonly Release[],
): readonly Release[] {
  const meant = [
    ...others.filter(({ container }) => container === 'there'),
    ...others.filter(isKnown),
    ...good,
  ]
  const found = new Map<string, Release>()
  for (const release of meant) {
    if (!release.revision.startsWith(typed) || found.has(release.revision)) continue
    found.set(release.revision, release)
  }
  return [...found.values()]
}

/** What came last before what is there now, without what was rolled back from. */
function before({ states, isSame, isGood, releaseOf }: Past): readonly Release[] {
  const line: State[] = []
  for (const state of states) {
    const at = state.isRollback ? line.findLastIndex(earlier => isSame(earlier, state)) : -1
    if (at >= 0) line.length = at
    line.push(state)
  }
  const now = states.at(-1)
  if (now === undefined) return []
  const again = now.isRollback && !now.hasEndedWell
  const found = line.findLast(state => (again || !isSame(state, now)) && isGood(state))
  return found ? [releaseOf(found)] : []
}

/** Whether what was to be brought back still is what the attempts show to have succeeded. */
export function isStillRelease(
  attempts: readonly Attempt[],
  { hosts }: Pick<Target, 'hosts'>,
  order: Order,
): boolean {
  const { states, isGood, releaseOf } = pastOf(attempts, hosts)
  return states.filter(isGood).some(state => {
    const { revision, container } = releaseOf(state)
    if (revision !== order.revision) return false
    if (order.kind === 'code') return container === 'there'
    return typeof container === 'object' && isOneImage(container.image, order.image)
  })
}

/** Why there is no going back from, or retrying of, what ran before this deployment. */
export function inTheWay(
  { id, order, requestedBy, status }: Deployment,
  asked: 'rollback' | 'retry' = 'rollback',
): Refusal {
  const { target, revision } = order
  const about = { asked, target, deployment: id, revision, by: requestedBy }
  return isUnderway({ status })
    ? { reason: 'unfinished', ...about }
    : { reason: 'overtaken', ...about, status }
}

/** It waits for its turn, or has begun and not ended. */
export function isUnderway({ status }: Pick<Deployment, 'status'>): boolean {
  return status === 'queued' || status === 'running' || status === 'stalled'
}

/** Why the same is not asked for once more. */
export function askedAlready({ id, order, isRollback, requestedBy }: Deployment): Refusal {
  const { target, revision } = order
  return { reason: 'asked-already', isRollback, target, deployment: id, revision, by: requestedBy }
}

/** The newest deployment that has ever begun, whatever came of it; the attempts are newest first. */
export function newestBegun(attempts: readonly Attempt[]): Deployment | undefined {
  return attempts.map(({ deployment }) => deployment).find(({ startedAt }) => startedAt !== undefined)
}
