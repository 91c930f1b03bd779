import { shortRevision } from '../deployment.ts'
import type { RollbackIntent } from '../intent/intent.ts'
import { orderCode } from '../plan/order.ts'
import type { Actor } from '../policy/actor.ts'
import { approversFor, needsApproval } from '../policy/approval.ts'
import { newestBegun, rollbackTo } from '../policy/rollback.ts'
import { findTarget } from '../policy/target.ts'
import type { Command } from '../ports.ts'
import type { Bot, Reply } from '../touchdown.ts'
import { nameOf, refused } from './audit.ts'
import { begin } from './begin.ts'
import { tooMany } from './flood.ts'
import { heldNow } from './holds.ts'
import { mayDo } from './rights.ts'
import { originOf } from './told.ts'

/** Deployments of the target that are looked back on. */
export const LOOK_BACK = 200

/**
 * Brings back code that ran well before: an ordinary deployment, to all hosts, of a revision that the records name. No git server
 * is asked: hosts have had the commit.
 */
export async function rollback(
  bot: Bot,
  command: Command,
  actor: Actor,
  intent: RollbackIntent,
): Promise<Reply> {
  const place = findTarget({ service: intent.service, environment: intent.environment }, bot.config)
  if (place.kind === 'refused') return refused(bot, command, 'rollback', intent.service, place.refusal)
  const { target, hosts } = place.value
  const name = nameOf(target)
  const grant = await mayDo(bot.people, actor, target, 'deploy')
  if (grant.kind === 'refused') return refused(bot, command, 'rollback', name, grant.refusal)
  const flood = tooMany(bot, command)
  if (flood) return refused(bot, command, 'rollback', name, flood)
  const approvers = needsApproval(target, 'code')
    ? approversFor(target, actor.id, originOf(target, command, bot.config))
    : undefined
  if (approvers?.kind === 'refused') return refused(bot, command, 'rollback', name, approvers.refusal)
  const held = await heldNow(bot, actor.id, target)
  if (held) return refused(bot, command, 'rollback', name, held)
  const attempts = await bot.store.attempts(target, LOOK_BACK)
  const good = rollbackTo(attempts, target, intent.revision)
  if (good.kind === 'refused') return refused(bot, command, 'rollback', name, good.refusal)

  const ref = `rollback to ${shortRevision(good.value.revision)}`
  const order = orderCode(target, hosts, { ...good.value, shown: ref })
  return begin(bot, command, {
    action: 'rollback',
    target,
    order,
    ref,
    pulled: undefined,
    after: newestBegun(attempts),
    grant: grant.value,
    approvers: approvers?.value,
  })
}
