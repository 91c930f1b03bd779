import type { Deployment } from '../../deployment.ts'
import type { Answered, DeploymentEvent, Offer, Void } from '../../event.ts'
import type { TargetId } from '../../target.ts'

/** Somebody has to approve it. */
export interface ApprovalRecords {
  /**
   * What an approver says of one that awaits it: the first word counts, and only before its time is over. Approved, it is queued
   * behind all that are. No events: nothing has changed, and the deployment shows why. Undefined: there is none.
   */
  decide(id: string, decision: Decided, trigger: string): Promise<Recorded | undefined>
  /** Ends those that nobody approved in time; each is given to one caller. */
  expire(): Promise<readonly Recorded[]>
  /**
   * Ends one that awaits its approval in vain or, with the `fence` that its run holds, one that was approved and has not begun.
   * Undefined: it awaits none any more, or another run has taken over. This and `expire` are audited in the same moment.
   */
  giveUp(id: string, why: Void, fence?: number): Promise<Recorded | undefined>
}

/** What an approver said. */
export type Decided = DeploymentEvent & { readonly kind: 'approved' | 'rejected' }

/** Somebody stops it. */
export interface CancelRecords {
  /**
   * Stops the unfinished deployment with this id, or the target's first one, those that nobody has stopped yet before the
   * others; one that waits is over at once. `events`: what was recorded of it. Undefined: there is none. A second call with the same trigger records
   * nothing and gives the same.
   */
  cancel(which: string | TargetId, by: string, trigger: string): Promise<Recorded | undefined>
}

/** Its swaps were interrupted, and somebody has to say whether they go on. */
export interface StallRecords {
  /**
   * What becomes of one that has stalled: the first word counts; a person's only before its time is over, nobody's only after.
   * Resumed, it is queued at its old place; left, it has ended, and these may be done next. No events: nothing has changed.
   * Undefined: there is none. What is nobody's word is audited in the same moment.
   */
  answer(
    id: string,
    answer: Answered,
    trigger: string | undefined,
    offers: readonly Offer[],
  ): Promise<Recorded | undefined>
  /** Those that have stalled, and whose time is over. */
  overdue(): Promise<readonly Deployment[]>
}

/** What its end has offered to do next. */
export interface OfferRecords {
  /**
   * Takes back what ends have offered, where another deployment of the target has begun since, a rollback of it awaits its
   * approval or its turn, or somebody has locked what a lock was offered for; what such a rollback has kept back is offered again
   * where it came to nothing. Each is given to one caller, and is to be told again.
   */
  withdraw(): Promise<readonly Recorded[]>
}

/** A deployment as it is now, and what was recorded of it to make it so. */
export interface Recorded {
  readonly deployment: Deployment
  readonly events: readonly DeploymentEvent[]
}
