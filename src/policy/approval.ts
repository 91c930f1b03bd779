import type { Target } from '../config/config.ts'
import type { Deployment, Origin } from '../deployment.ts'
import type { Kind } from '../order.ts'
import { type Decision, type Refusal, refuse, yes } from '../refusal.ts'
import type { Actor, GroupMembers } from './actor.ts'
import { authorize, type Grant } from './authorize.ts'

/** Whether somebody else has to say yes before such a deployment of the target starts. */
export function needsApproval(target: Target, kind: Kind): boolean {
  switch (target.approval) {
    case 'none':
      return false
    case 'container':
      return kind !== 'code'
    case 'all':
      return true
  }
}

/** Who is asked: users and groups, without who asks. Where there is nobody else or no place to ask them, the answer is no. */
export function approversFor(
  target: Target,
  requestedBy: string,
  origin: Origin,
): Decision<readonly string[]> {
  const { service } = target
  const asker = inSlack(requestedBy, target)
  if (asker === undefined) return refuse({ reason: 'untied', service, requestedBy })
  const approvers = target.approvers.filter(isInSlack)
  const others = approvers.filter(id => id !== asker)
  if (others.length === 0) return refuse({ reason: 'no-approver', service, approvers })
  return origin.kind === 'cli' ? refuse({ reason: 'no-channel', service }) : yes(others)
}

/** Whether the actor may approve or reject what `requestedBy` asked for. See `authorize` for groups that are not in `groups`. */
export function mayDecide(
  actor: Actor,
  target: Target,
  requestedBy: string,
  groups: ReadonlyMap<string, GroupMembers>,
): Decision<Grant> {
  const { service } = target
  const asker = inSlack(requestedBy, target)
  if (asker === undefined) return refuse({ reason: 'untied', service, requestedBy })
  if (actor.id === asker) {
    const others = target.approvers.filter(id => isInSlack(id) && id !== asker)
    return refuse({ reason: 'own-approval', service, others })
  }
  return authorize(actor, target, groups, 'approve')
}

/** Whose presses are the requester's own; undefined: a user of the terminal who could be anybody in Slack. */
function inSlack(requestedBy: string, { people }: Target): string | undefined {
  return isInSlack(requestedBy) ? requestedBy : people.get(requestedBy)
}

/** Nobody can approve in a terminal. */
function isInSlack(id: string): boolean {
  return !id.startsWith('cli:')
}

/** Why a deployment awaits no decision any more; undefined: it does, unless its time is over, which the records' clock says. */
export function undecidable({ order, status, approval }: Deployment): Refusal | undefined {
  const { service } = order.target
  const decision = approval?.decision
  if (decision) return { reason: 'already-decided', service, decision: decision.kind, by: decision.by }
  if (status === 'expired') return { reason: 'expired', service }
  return status === 'awaiting' ? undefined : { reason: 'not-awaiting', service, status }
}
