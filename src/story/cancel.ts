import type { Command } from '../command.ts'
import type { Deployment } from '../deployment.ts'
import type { CancelIntent } from '../intent/intent.ts'
import type { Actor } from '../policy/actor.ts'
import { LOOK_BACK } from '../policy/rollback.ts'
import { findTarget } from '../policy/target.ts'
import type { Refusal } from '../refusal.ts'
import { DEFAULT_ENVIRONMENT, type TargetId } from '../target.ts'
import { nameOf, refused } from './audit.ts'
import type { Bot } from './bot.ts'
import type { Reply } from './reply.ts'
import { mayDo } from './rights.ts'
import { stop } from './stop.ts'

/** The typed form of the button: it names a target, so the target's first unfinished deployment is meant. */
export async function cancel(bot: Bot, command: Command, actor: Actor, intent: CancelIntent): Promise<Reply> {
  const place = findTarget(intent, bot.config)
  if (place.kind === 'refused') return withoutTarget(bot, command, actor, intent, place.refusal)
  const { target } = place.value
  const name = nameOf(target)
  const grant = await mayDo(bot.people, actor, target, 'cancel')
  if (grant.kind === 'refused') return refused(bot, command, 'cancel', name, grant.refusal)
  const deployment = await stop(bot, target, grant.value, command.trigger)
  if (!deployment) {
    return refused(bot, command, 'cancel', name, { reason: 'nothing-to-cancel', service: target.service })
  }
  return { kind: 'cancelled', deployment }
}

/** touchdown.yml no longer has the target, so it gives nobody a right: what somebody asked for is theirs to stop all the same. */
async function withoutTarget(
  bot: Bot,
  command: Command,
  { id: actor }: Actor,
  { service, environment = DEFAULT_ENVIRONMENT }: CancelIntent,
  unknown: Refusal,
): Promise<Reply> {
  const own = await ownUnfinished(bot, { service, environment }, actor)
  const deployment = own && (await stop(bot, own.id, { actor, through: actor }, command.trigger))
  return deployment ? { kind: 'cancelled', deployment } : refused(bot, command, 'cancel', service, unknown)
}

/** The first one that nobody has stopped yet comes before the others. */
async function ownUnfinished(
  { store }: Bot,
  target: TargetId,
  actor: string,
): Promise<Deployment | undefined> {
  const attempts = await store.attempts(target, LOOK_BACK)
  const own = attempts
    .map(({ deployment }) => deployment)
    .filter(({ endedAt, requestedBy }) => endedAt === undefined && requestedBy === actor)
    .reverse()
  return own.find(({ cancelledBy }) => cancelledBy === undefined) ?? own[0]
}
