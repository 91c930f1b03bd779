import type { Command } from '../command.ts'
import type { DeployIntent } from '../intent/intent.ts'
import type { Actor } from '../policy/actor.ts'
import { findTarget } from '../policy/target.ts'
import { yes } from '../refusal.ts'
import { dryRun } from '../run/dry-run.ts'
import { approversOf } from './ask.ts'
import { audit, nameOf, refused } from './audit.ts'
import { begin } from './begin.ts'
import type { Bot } from './bot.ts'
import { tooMany } from './flood.ts'
import { orderFor } from './order.ts'
import type { Reply } from './reply.ts'
import { mayDo } from './rights.ts'

/** Brings a ref's revision to hosts, if the actor may: recorded, it waits for its turn or for its approval. */
export async function deploy(bot: Bot, command: Command, actor: Actor, intent: DeployIntent): Promise<Reply> {
  const place = findTarget(intent, bot.config)
  if (place.kind === 'refused') return refused(bot, command, 'deploy', intent.service, place.refusal)
  const { target } = place.value
  const name = nameOf(target)
  const grant = await mayDo(bot.people, actor, target, 'deploy')
  if (grant.kind === 'refused') return refused(bot, command, 'deploy', name, grant.refusal)

  const flood = tooMany(bot, command)
  if (flood) return refused(bot, command, 'deploy', name, flood)
  const approvers = intent.dryRun
    ? yes(undefined)
    : approversOf(bot, command, actor.id, target, intent.as === 'plain' ? 'code' : intent.as)
  if (approvers.kind === 'refused') return refused(bot, command, 'deploy', name, approvers.refusal)
  const ordered = await orderFor(bot, command, place.value, intent)
  if (ordered.kind === 'refused') return refused(bot, command, 'deploy', name, ordered.refusal)
  const { order, ref, pulled } = ordered.value
  if (intent.dryRun) {
    await audit(bot, command, 'dry-run', name, 'accepted', order.revision)
    return { kind: 'dry-run', dryRun: await dryRun(bot, order) }
  }

  return begin(bot, command, {
    action: 'deploy',
    target,
    order,
    ref,
    isRollback: false,
    pulled,
    grant: grant.value,
    approvers: approvers.value,
  })
}
