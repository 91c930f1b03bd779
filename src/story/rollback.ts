import { type Deployment, type Order, shortRevision } from '../deployment.ts'
import type { RollbackIntent } from '../intent/intent.ts'
import { imageNames, imageOfBefore, orderCode, orderSwap } from '../plan/order.ts'
import type { Actor } from '../policy/actor.ts'
import { approversFor, needsApproval } from '../policy/approval.ts'
import { isAsOffered } from '../policy/offer.ts'
import { inTheWay, type KnownRelease, LOOK_BACK, newestBegun, rollbackTo } from '../policy/rollback.ts'
import { findTarget, type Place } from '../policy/target.ts'
import type { Command, Resolution } from '../ports.ts'
import type { Refusal } from '../refusal.ts'
import type { Bot, Reply } from '../touchdown.ts'
import { nameOf, refused } from './audit.ts'
import { begin } from './begin.ts'
import { tooMany } from './flood.ts'
import { heldNow } from './holds.ts'
import { offered } from './offer.ts'
import { mayDo } from './rights.ts'
import { originOf } from './told.ts'

/**
 * Brings back what ran well before: an ordinary deployment, to all hosts, of a revision that the records name, and of its image
 * where another container is there by now. No git server is asked: hosts have had the commit. No registry is asked where a host
 * still has the image, as one that keeps the container before does.
 * `pressed`: the deployment whose button was pressed, which is to be gone back from, to what that button said.
 */
export async function rollback(
  bot: Bot,
  command: Command,
  actor: Actor,
  intent: RollbackIntent,
  pressed?: Deployment,
): Promise<Reply> {
  const place = findTarget({ service: intent.service, environment: intent.environment }, bot.config)
  if (place.kind === 'refused') return refused(bot, command, 'rollback', intent.service, place.refusal)
  const { target } = place.value
  const name = nameOf(target)
  const grant = await mayDo(bot.people, actor, target, 'deploy')
  if (grant.kind === 'refused') return refused(bot, command, 'rollback', name, grant.refusal)
  const flood = tooMany(bot, command)
  if (flood) return refused(bot, command, 'rollback', name, flood)
  const held = await heldNow(bot, actor.id, target)
  if (held) return refused(bot, command, 'rollback', name, held)
  const attempts = await bot.store.attempts(target, LOOK_BACK)
  const begun = newestBegun(attempts)
  if (pressed && begun && begun.id !== pressed.id) {
    return refused(bot, command, 'rollback', name, inTheWay(begun), pressed.id)
  }
  const release = rollbackTo(attempts, target, intent.revision)
  if (release.kind === 'refused') return refused(bot, command, 'rollback', name, release.refusal)
  if (pressed && !isAsOffered(release.value, target, await offered(bot, pressed.id))) {
    const other: Refusal = {
      reason: 'not-offered',
      target: { service: target.service, environment: target.environment },
      offer: 'rollback',
    }
    return refused(bot, command, 'rollback', name, other, pressed.id)
  }
  const ref = shortRevision(release.value.revision)
  const order = orderOf(place.value, { ...release.value, shown: ref })
  const approvers = needsApproval(target, order.kind)
    ? approversFor(target, actor.id, originOf(target, command, bot.config))
    : undefined
  if (approvers?.kind === 'refused') return refused(bot, command, 'rollback', name, approvers.refusal)

  return begin(bot, command, {
    action: 'rollback',
    target,
    order,
    ref,
    pulled: undefined,
    after: begun,
    grant: grant.value,
    approvers: approvers?.value,
  })
}

/** Code alone where the container of that time is there. Else both are brought: what hosts have by now nobody has to know for that. */
function orderOf({ target, hosts }: Place, release: KnownRelease & Resolution): Order {
  const { container, revision } = release
  const [first] = hosts
  if (container === 'there' || !first) return orderCode(target, hosts, release)
  const image = imageOfBefore(container.image, imageNames(target, first, revision))
  return orderSwap('full', target, hosts, release, image)
}
