import type { Command } from '../command.ts'
import type { Target } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import type { LockIntent, UnlockIntent } from '../intent/intent.ts'
import type { Actor } from '../policy/actor.ts'
import type { Grant } from '../policy/authorize.ts'
import { heldFrom } from '../policy/holds.ts'
import { LOOK_BACK } from '../policy/rollback.ts'
import { findTarget } from '../policy/target.ts'
import type { Refusal } from '../refusal.ts'
import { shortRevision } from '../revision.ts'
import { isSameTarget, type TargetId } from '../target.ts'
import { audit, nameOf, recorded, refused } from './audit.ts'
import type { Bot } from './bot.ts'
import { offered } from './offer.ts'
import type { Reply } from './reply.ts'
import { mayDo } from './rights.ts'

/** Why the actor may not have the target deployed now; undefined: nobody else holds it. Ask when a deployment is made and when one is approved. */
export async function heldNow(
  bot: Pick<Bot, 'store' | 'clock'>,
  actor: string,
  target: TargetId,
): Promise<Refusal | undefined> {
  return heldFrom(actor, await bot.store.hold(target), bot.clock.now())
}

/** Keeps the target for the actor, or lifts its hold, where they may deploy it. */
export async function lockOrUnlock(
  bot: Bot,
  command: Command,
  actor: Actor,
  intent: LockIntent | UnlockIntent,
): Promise<Reply> {
  const place = findTarget(intent, bot.config)
  if (place.kind === 'refused') return refused(bot, command, intent.kind, intent.service, place.refusal)
  const { service, environment } = place.value.target
  const target = { service, environment }
  const grant = await mayDo(bot.people, actor, place.value.target, 'deploy')
  if (grant.kind === 'refused') return refused(bot, command, intent.kind, nameOf(target), grant.refusal)
  return intent.kind === 'lock'
    ? keep(bot, command, grant.value, target, intent)
    : lift(bot, command, grant.value, target)
}

/** Locks the target after a rollback of it, as its button offers, unless something has come since; a lock of one's own stays as it is. */
export async function lockAfter(
  bot: Bot,
  command: Command,
  actor: Actor,
  configured: Target,
  { id, order }: Deployment,
): Promise<Reply> {
  const { target, revision } = order
  const grant = await mayDo(bot.people, actor, configured, 'deploy')
  if (grant.kind === 'refused') return refused(bot, command, 'lock', nameOf(target), grant.refusal, id)

  const standing = await offered(bot, await bot.store.attempts(target, LOOK_BACK), id)
  const offers = standing.kind === 'offered' ? standing.offers : []
  const offer = offers.find(each => each.kind === 'lock')
  if (offer === undefined) {
    return refused(bot, command, 'lock', nameOf(target), { reason: 'not-offered', target, offer: 'lock' }, id)
  }
  const hold = await bot.store.hold(target)
  if (hold?.by === actor.id) {
    const left = `${id}: their own lock is left as it is, through ${grant.value.through}`
    await audit(bot, command, 'lock', nameOf(target), 'accepted', left)
    return { kind: 'locked', hold, underway: [] }
  }
  const reason = `rolled back from ${shortRevision(offer.from)} to ${shortRevision(revision)} (${id})`
  return keep(bot, command, grant.value, target, { reason, forMs: undefined })
}

/** What is queued or runs goes on: it was allowed when it was asked for, so it is only named. */
async function keep(
  bot: Bot,
  command: Command,
  { actor, through }: Grant,
  target: TargetId,
  { reason, forMs }: Pick<LockIntent, 'reason' | 'forMs'>,
): Promise<Reply> {
  const name = nameOf(target)
  const hold = await bot.store.setHold({ target, by: actor, reason, forMs, trigger: command.trigger })
  const held = heldFrom(actor, hold, bot.clock.now())
  if (held) return refused(bot, command, 'lock', name, held)
  const detail = `${JSON.stringify({ reason, until: hold.until })} through ${through}`
  await recorded(bot, audit(bot, command, 'lock', name, 'accepted', detail))
  const unfinished = await bot.store.unfinished()
  return {
    kind: 'locked',
    hold,
    underway: unfinished.filter(({ order }) => isSameTarget(order.target, target)),
  }
}

/** Whoever set it: who is away must not keep others from mending what is broken. */
async function lift(bot: Bot, command: Command, { actor, through }: Grant, target: TargetId): Promise<Reply> {
  const name = nameOf(target)
  const hold = await bot.store.endHold(target, actor, command.trigger)
  if (!hold) return refused(bot, command, 'unlock', name, { reason: 'not-held', target })
  const detail = `the lock of ${hold.by} (${JSON.stringify(hold.reason)}) through ${through}`
  await recorded(bot, audit(bot, command, 'unlock', name, 'accepted', detail))
  return { kind: 'unlocked', hold, by: actor }
}
