import type { Target } from '../config/config.ts'
import { type Deployment, type HostResult, type Revision, shortRevision } from '../deployment.ts'
import type { Attempt } from '../ports.ts'
import { type Decision, type Refusal, refuse, yes } from '../refusal.ts'

/** A revision that ran well. `branch`: one that held it then. */
export interface Good {
  readonly revision: Revision
  readonly branch: string | undefined
}

/**
 * What a rollback of the target brings back: the revision whose start was typed, else the last one before what is there now.
 * Only one that the attempts (newest first) show to have succeeded on every host of the target, with the container that the
 * host has now. A rollback takes back what came after its revision, so the next one goes further back; one that did not
 * succeed is tried again.
 */
export function rollbackTo(
  attempts: readonly Attempt[],
  target: Pick<Target, 'service' | 'environment' | 'hosts'>,
  typed: string | undefined,
): Decision<Good> {
  const { service, environment } = target
  const id = { service, environment }
  const unfinished = attempts.find(
    ({ deployment: { status } }) => status === 'queued' || status === 'running',
  )
  if (unfinished) return refuse(inTheWay(unfinished.deployment))

  const began = attempts.filter(attempt => mayHaveBegun(attempt))
  const [now] = began
  const good = goodRevisions(began, target)
  const others = good.filter(({ revision }) => revision !== now?.deployment.order.revision)
  const known = others.map(({ revision }) => shortRevision(revision)).reverse()
  if (typed !== undefined) {
    const [found, second] = good.filter(({ revision }) => revision.startsWith(typed))
    if (found === undefined) return refuse({ reason: 'no-rollback', target: id, typed, known })
    if (second === undefined) return yes(found)
    const choices = [found.revision, second.revision]
    return refuse({ reason: 'ambiguous-ref', service, ref: typed, choices })
  }

  const again = now?.deployment.isRollback && now.deployment.status !== 'succeeded'
  const before = line(began).findLast(
    revision => (again || revision !== now?.deployment.order.revision) && good.some(is(revision)),
  )
  const found = good.find(is(before))
  return found ? yes(found) : refuse({ reason: 'no-rollback', target: id, typed, known })
}

/** Why there is no rollback of what ran before this deployment. */
export function inTheWay({ id, order, requestedBy, status }: Deployment): Refusal {
  const { target, revision } = order
  const about = { target, deployment: id, revision, by: requestedBy }
  return status === 'queued' || status === 'running'
    ? { reason: 'unfinished', ...about }
    : { reason: 'overtaken', ...about, status }
}

/** The newest deployment that has ever begun, whatever came of it; the attempts are newest first. */
export function newestBegun(attempts: readonly Attempt[]): Deployment | undefined {
  return attempts.map(({ deployment }) => deployment).find(({ startedAt }) => startedAt !== undefined)
}

/** Revisions in the order in which they came, without those that were rolled back from. */
function line(began: readonly Attempt[]): readonly Revision[] {
  const revisions: Revision[] = []
  for (const { deployment } of began.toReversed()) {
    const at = deployment.isRollback ? revisions.lastIndexOf(deployment.order.revision) : -1
    if (at < 0) revisions.push(deployment.order.revision)
    else revisions.length = at + 1
  }
  return revisions
}

/** Oldest first. Hosts may have taken a revision in different deployments. */
function goodRevisions(began: readonly Attempt[], { hosts }: Pick<Target, 'hosts'>): readonly Good[] {
  const ranOn = new Map<Revision, { branch: string | undefined; hosts: Set<string> }>()
  for (const { deployment, results } of began.toReversed()) {
    const { kind, revision, branch } = deployment.order
    for (const [host, { status }] of results) {
      // What ran in another container has not been seen to run in this one.
      if (kind !== 'code' && (status === 'succeeded' || status === 'unknown')) {
        for (const ran of ranOn.values()) ran.hosts.delete(host)
      }
      if (status !== 'succeeded') continue
      const ran = ranOn.get(revision) ?? { branch, hosts: new Set() }
      ranOn.delete(revision)
      ranOn.set(revision, { branch: branch ?? ran.branch, hosts: ran.hosts.add(host) })
    }
  }
  return [...ranOn]
    .filter(([, ran]) => hosts.every(({ name }) => ran.hosts.has(name)))
    .map(([revision, { branch }]) => ({ revision, branch }))
}

/** Whether a host may have its revision since: one that failed before it changed any is not what is there now. */
function mayHaveBegun({ deployment: { order, status }, results }: Attempt): boolean {
  return order.hosts.some(({ name }) => {
    const result = results.get(name)
    return result ? mayHave(result, order.revision) : status === 'interrupted'
  })
}

function mayHave(result: HostResult, revision: Revision): boolean {
  switch (result.status) {
    case 'succeeded':
      return true
    case 'untouched':
      return false
    case 'failed':
    case 'unknown': {
      const { now, step } = result
      return now ? now.head === revision || now.served === revision : step !== 'connect'
    }
  }
}

function is(wanted: Revision | undefined): (good: Good) => boolean {
  return ({ revision }) => revision === wanted
}
