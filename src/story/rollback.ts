import { shortRevision } from '../deployment.ts'
import type { RollbackIntent } from '../intent/intent.ts'
import { orderCode } from '../plan/order.ts'
import type { Actor } from '../policy/actor.ts'
import { mayStartAlone } from '../policy/approval.ts'
import { rollbackTo } from '../policy/rollback.ts'
import { findTarget } from '../policy/target.ts'
import type { Command } from '../ports.ts'
import type { Bot, Reply } from '../touchdown.ts'
import { audit, nameOf, recorded, refused } from './audit.ts'
import { heldNow } from './holds.ts'
import { mayDo } from './rights.ts'
import { originOf, tellChanges } from './told.ts'

/** Deployments of the target that are looked back on. */
const LOOK_BACK = 200

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
  const start = mayStartAlone(target)
  if (start.kind === 'refused') return refused(bot, command, 'rollback', name, start.refusal)
  const held = await heldNow(bot, actor.id, target)
  if (held) return refused(bot, command, 'rollback', name, held)
  const good = rollbackTo(await bot.store.attempts(target, LOOK_BACK), target, intent.revision)
  if (good.kind === 'refused') return refused(bot, command, 'rollback', name, good.refusal)

  const ref = `rollback to ${shortRevision(good.value.revision)}`
  const deployment = await bot.store.create({
    id: bot.newId(),
    trigger: command.trigger,
    approval: undefined,
    order: orderCode(target, hosts, { ...good.value, shown: ref }),
    ref,
    isRollback: true,
    changes: undefined,
    requestedBy: actor.id,
    origin: originOf(target, command, bot.config),
  })
  const detail = `${deployment.id} ${deployment.order.revision} through ${grant.value.through}`
  await recorded(bot, audit(bot, command, 'rollback', name, 'accepted', detail))
  bot.scheduler.wake()
  void tellChanges(bot, deployment)
  return { kind: 'accepted', deployment }
}
