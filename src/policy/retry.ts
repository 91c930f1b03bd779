import type { DeploymentStatus } from '../deployment.ts'
import type { Host } from '../order.ts'
import type { Attempt } from '../ports/records/history.ts'
import { type Decision, refuse, yes } from '../refusal.ts'
import { inTheWay, isUnderway, newestBegun } from './rollback.ts'

/** Nobody has stopped or refused it: it did not come to what was ordered. */
const FELL_SHORT: ReadonlySet<DeploymentStatus> = new Set(['failed', 'partial', 'interrupted'])

/**
 * The hosts on which a deployment would be done again: those that it did not succeed on, as long as it is the target's last
 * one. The attempts are newest first.
 */
export function hostsToRetry(attempts: readonly Attempt[], id: string): Decision<readonly Host[]> {
  const other = attempts.find(({ deployment }) => isUnderway(deployment))?.deployment
  const last = other ?? newestBegun(attempts)
  if (last !== undefined && last.id !== id) return refuse(inTheWay(last, 'retry'))
  const attempt = attempts.find(({ deployment }) => deployment.id === id)
  return yes(attempt ? shortOf(attempt) : [])
}

function shortOf({ deployment, results }: Attempt): readonly Host[] {
  const { order, status, cancelledBy } = deployment
  if (!FELL_SHORT.has(status) || cancelledBy !== undefined) return []
  return order.hosts.filter(({ name }) => results.get(name)?.status !== 'succeeded')
}
