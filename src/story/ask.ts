import type { Order } from '../deployment.ts'
import { orderHash } from '../plan/order.ts'
import { rehearsed } from '../plan/rehearsed.ts'
import type { NewDeployment } from '../ports.ts'
import { dryRun } from '../run/dry-run.ts'
import type { Bot } from '../touchdown.ts'

/** An approval counts for so long: what was looked at when it was asked for may be another thing later. */
const APPROVAL_TIMEOUT_MS = 15 * 60_000

/** What the approvers are asked: whether exactly this order may run, with what each host would do by it now. */
export async function approvalOf(
  bot: Bot,
  order: Order,
  approvers: readonly string[],
): Promise<NonNullable<NewDeployment['approval']>> {
  const { hosts } = await dryRun(bot, order)
  const rehearsals = hosts.map(rehearsed)
  return { hash: orderHash(order), expiresInMs: APPROVAL_TIMEOUT_MS, approvers, rehearsals }
}
