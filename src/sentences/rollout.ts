import type { Order } from '../order.ts'

/** How the hosts of an order follow one another, and what a failure comes to where it is not only the end of the row. */
export function rolloutText(order: Order): string | undefined {
  const [first, ...rest] = order.hosts
  if (first === undefined || rest.length === 0) return undefined
  const { batch, onFailure } = order
  const others = batch !== undefined && batch < rest.length ? `, then the others ${batch} at a time` : ''
  return `${first.name} switches first, alone${others}${FAILURE[onFailure]}`
}

/** The same where it says more than what holds for every deployment. */
export function ownRolloutText(order: Order): string | undefined {
  const text = rolloutText(order)
  return text === rolloutText({ ...order, batch: undefined, onFailure: 'stop' }) ? undefined : text
}

const FAILURE = {
  stop: '',
  continue: '; one that fails keeps no other from its turn',
  rollback: '; when one fails, those that have switched are put back',
} as const
