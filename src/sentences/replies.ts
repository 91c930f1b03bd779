import type { Deployment } from '../deployment.ts'
import { targetText } from '../target.ts'
import { orderedText } from './headline.ts'

/** For whoever has cancelled it: what that stops. */
export function cancelledText({ id, order, status }: Deployment): string {
  const about = `${targetText(order.target)}: deployment ${id}`
  if (status === 'interrupted') return `${about} does not go on; what is there stays.`
  return status === 'cancelled'
    ? `${about} had not begun and will not.`
    : `${about} stops before its next host; a host that is switching finishes first.`
}

/** For whoever has pressed a button that orders it. */
export function orderedAsText(deployment: Deployment): string {
  const { id, order } = deployment
  return `${targetText(order.target)}: the ${orderedText(deployment)} is ordered as ${id}. Its message says what becomes of it.`
}
