import type { Command } from '../command.ts'
import type { Target } from '../config/config.ts'
import type { Order } from '../order.ts'
import { orderHash } from '../plan/order.ts'
import { rehearsed } from '../plan/rehearsed.ts'
import { approversFor, needsApproval } from '../policy/approval.ts'
import type { NewDeployment } from '../ports/records/creation.ts'
import { type Decision, yes } from '../refusal.ts'
import { dryRun } from '../run/dry-run.ts'
import type { Bot } from './bot.ts'
import { originOf } from './told.ts'

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

/** Who has to be asked before this kind may run for this person; undefined: nobody. */
export function approversOf(
  { config }: Bot,
  command: Command,
  actor: string,
  target: Target,
  kind: Order['kind'],
): Decision<readonly string[] | undefined> {
  if (!needsApproval(target, kind)) return yes(undefined)
  return approversFor(target, actor, originOf(target, command, config))
}
