import type { Cause } from '../host-result.ts'
import type { Order } from '../order.ts'
import { type Revision, shortRevision } from '../revision.ts'

/** Why hosts are put back; continues "…, ". */
export function causeText({ host, end }: Cause): string {
  return end === 'failed' ? `because ${host} failed` : `because it is not known how ${host} ended`
}

/** What a host has again; continues "put back to ". Where the code stays, its revision says nothing. */
export function beforeText({ kind }: Pick<Order, 'kind'>, revision: Revision): string {
  return kind === 'container' ? 'the container before' : shortRevision(revision)
}
