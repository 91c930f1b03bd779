import type { CodeOrder, Order } from '../order.ts'
import type { Revision } from '../revision.ts'
import type { Step } from '../step.ts'
import { type Circumstances, type Planned, planned } from './circumstances.ts'
import type { Move } from './moves.ts'
import { activationOf } from './plan.ts'
import { proofs } from './provings.ts'
import { replicasOf } from './replica.ts'
import { takeAway } from './steps.ts'

/** What a host is to serve again that has switched: the code that it had, in the container that it has by then. */
export function orderBack(order: Order, revision: Revision): CodeOrder {
  const { kind: _, ...rest } = order
  return { ...rest, kind: 'code', revision, branch: undefined }
}

/** `take-back`: all of these, however each of them ends; one that failed is the end after the last. */
export type BackMove = Move | { readonly kind: 'take-back'; readonly steps: readonly Step[] }

/** With the host's lock held: from what is there to what is to be. */
export type Planner = (order: Order, now: Circumstances) => Planned<readonly BackMove[]>

/**
 * With the host's lock held: from what was ordered back to a proof of what was there before. Code is deployed as ever. A container
 * is the very one that was there: `undo` are the steps by which its swap would have been taken back on the way. What was not there
 * is taken away, and there is nothing to prove of it.
 */
export function planBack(undo: readonly Step[]): Planner {
  return (order, now) => {
    if (undo.length === 0) return activationOf(order, now)
    const gone = new Set(undo.map(({ name }) => name))
    const left = replicasOf(order).filter(replica => !gone.has(takeAway(replica).name))
    return planned([{ kind: 'take-back', steps: undo }, ...proofs(order, left, now, () => true)])
  }
}
