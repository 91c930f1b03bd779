import type { Order } from '../order.ts'
import type { Step } from '../step.ts'
import type { Circumstances, Planned } from './circumstances.ts'
import { planActivation, planPreparation } from './code.ts'
import type { Move } from './moves.ts'
import { planSwap, planSwapPreparation } from './swap.ts'

/** What a host does before any host changes what runs. */
export function preparationOf(order: Order, now: Circumstances): Planned<readonly Step[]> {
  return order.kind === 'code' ? planPreparation(order, now) : planSwapPreparation(order, now)
}

/** What a host does when it is its turn. */
export function activationOf(order: Order, now: Circumstances): Planned<readonly Move[]> {
  return order.kind === 'code' ? planActivation(order, now) : planSwap(order, now)
}
