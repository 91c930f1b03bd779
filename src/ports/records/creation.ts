import type { Changes, Deployment, Origin } from '../../deployment.ts'
import type { Rehearsed } from '../../event.ts'
import type { Order } from '../../order.ts'

/** Where deployments come from. */
export interface CreationRecords {
  /**
   * Queued with the next sequence, or awaiting its approval and `approval-asked` among its events. A second call with the same
   * trigger makes nothing and gives the first one's deployment, as one that is known.
   */
  create(deployment: NewDeployment): Promise<Made>
  /**
   * The same for what was decided upon when `last` was the newest deployment of the target that waits for its turn or has ever
   * begun. Another one is by now: nothing is made, and that one is given. So is one that `asked` for the same order, and still
   * awaits its approval.
   */
  createAfter(
    last: string | undefined,
    deployment: NewDeployment,
  ): Promise<Made | { readonly kind: 'overtaken' | 'asked'; readonly deployment: Deployment }>
}

export interface NewDeployment {
  /** Somebody has to approve it first: it is `awaiting` until then. `expiresInMs` counts from now by the records' clock. */
  readonly approval:
    | {
        readonly hash: string
        readonly expiresInMs: number
        readonly approvers: readonly string[]
        readonly rehearsals: readonly Rehearsed[]
      }
    | undefined
  readonly id: string
  readonly trigger: string
  readonly order: Order
  readonly ref: string
  readonly isRollback: boolean
  readonly changes: Changes | undefined
  readonly requestedBy: string
  readonly origin: Origin
}

/** `known`: by its trigger, made before, so what follows from it has followed. */
export interface Made {
  readonly kind: 'made' | 'known'
  readonly deployment: Deployment
}
