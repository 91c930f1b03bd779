import type { Order } from './order.ts'

/** One attempt, as recorded. `sequence` orders all attempts: first come, first served on a host. */
export interface Deployment {
  readonly id: string
  readonly sequence: number
  readonly order: Order
  /** What was typed, for people only. */
  readonly ref: string
  /** It brings back what ran before. */
  readonly isRollback: boolean
  readonly changes: Changes | undefined
  readonly requestedBy: string
  /** Undefined: nobody had to be asked. */
  readonly approval: Approval | undefined
  readonly origin: Origin
  readonly status: DeploymentStatus
  readonly createdAt: number
  /** When a run of it first said that it begins: one that was given up before has none. */
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  /** Who asked to stop it, when somebody did. */
  readonly cancelledBy: string | undefined
  /** How often a bot took it up again after a crash. */
  readonly resumes: number
}

/** Where a deployment is told. The channel's message is made by the publisher. */
export type Origin = { readonly kind: 'slack'; readonly channel: string } | { readonly kind: 'cli' }

/**
 * `awaiting`: an approver has to say yes first; it stands in nobody's way until then. `stalled`: its swaps were interrupted, and a
 * person has to say whether they go on; it keeps its place.
 */
export type DeploymentStatus = 'awaiting' | 'queued' | 'running' | 'stalled' | Ending

/** The end of a deployment: `partial` some hosts ended as ordered, `interrupted` at least one is not known. */
export type Ending =
  | 'succeeded'
  | 'failed'
  | 'partial'
  | 'interrupted'
  | 'cancelled'
  /** An approver said no, nobody said yes in time, or what was to be approved is no longer what the configuration says. */
  | 'rejected'
  | 'expired'
  | 'void'

/** What was asked of the approvers, and what one of them said. */
export interface Approval {
  /** Of the order: what was approved is exactly this. */
  readonly hash: string
  /** Milliseconds since 1970, by the records' clock. */
  readonly askedAt: number
  readonly expiresAt: number
  readonly decision:
    | { readonly kind: 'approved' | 'rejected'; readonly by: string; readonly at: number }
    | undefined
}

/** The commits between what ran and what is ordered, for people. */
export interface Changes {
  readonly from: string | undefined
  /** Newest first, at most 10. */
  readonly commits: readonly {
    readonly revision: string
    readonly author: string
    readonly subject: string
  }[]
  readonly total: number
  /** Commits that the new revision lacks: a rollback or a force-push. */
  readonly removed: number
  readonly compareUrl: string | undefined
}
