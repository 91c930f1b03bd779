import type { Order } from '../deployment.ts'
import { orderHash } from '../plan/order.ts'
import { rehearsed } from '../plan/rehearsed.ts'
import type { NewDeployment } from '../ports.ts'
import { dryRun } from '../run/dry-run.ts'
import type { Bot } from '../touchdown.ts'

/** What the approvers are asked: whether exactly this order may run, with what each host would do by it now. */
export async function approvalOf(
  bot: Bot,
  order: Order,
  expiresInMs: number,
  approvers: readonly string[],
): Promise<NonNullable<NewDeployment['approval']>> {
  const { hosts } = await dryRun(bot, order)
  const rehearsals = hosts.map(rehearsed)
  return { hash: orderHash(order), expiresInMs, approvers, rehearsals }
}
