import type { Command } from '../command.ts'
import type { Target } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import type { RollbackIntent } from '../intent/intent.ts'
import type { Order } from '../order.ts'
import { imageNames, imageOfBefore, orderCode, orderSwap } from '../plan/order.ts'
import type { Actor } from '../policy/actor.ts'
import { isAsOffered } from '../policy/offer.ts'
import { inTheWay, type KnownRelease, LOOK_BACK, newestBegun, rollbackTo } from '../policy/rollback.ts'
import { findTarget, type Place } from '../policy/target.ts'
import type { Resolution } from '../ports/mirrors.ts'
import type { Attempt } from '../ports/records/history.ts'
import { type Decision, type Refusal, refuse } from '../refusal.ts'
import { shortRevision } from '../revision.ts'
import { approversOf } from './ask.ts'
import { nameOf, refused } from './audit.ts'
import { begin } from './begin.ts'
import type { Bot } from './bot.ts'
import { offered } from './offer.ts'
import type { Reply } from './reply.ts'
import { mayDeployNow } from './rights.ts'

/**
 * Brings back what ran well before: an ordinary deployment, to all hosts, of a revision that the records name, and of its image
 * where another container is there by now. No git server is asked: hosts have had the commit. No registry is asked where a host
 * still has the image, as one that keeps the container before does.
 */
export async function rollback(
  bot: Bot,
  command: Command,
  actor: Actor,
  intent: RollbackIntent,
): Promise<Reply> {
  const place = findTarget({ service: intent.service, environment: intent.environment }, bot.config)
  if (place.kind === 'refused') return refused(bot, command, 'rollback', intent.service, place.refusal)
  const { target } = place.value
  const asked = { bot, command, actor, place: place.value, about: '' }
  return goBack(asked, attempts => rollbackTo(attempts, target, intent.revision))
}

/** The button at the end of this deployment, which is to be gone back from, to what the button said. */
export function rollbackFrom(
  bot: Bot,
  command: Command,
  actor: Actor,
  place: Place,
  pressed: Deployment,
): Promise<Reply> {
  const asked = { bot, command, actor, place, about: pressed.id }
  return goBack(asked, attempts => releaseOffered(bot, attempts, place.target, pressed))
}

interface Asked {
  readonly bot: Bot
  readonly command: Command
  readonly actor: Actor
  readonly place: Place
  /** Which deployment a refusal is about, for the audit. */
  readonly about: string
}

type Meant = (attempts: readonly Attempt[]) => Decision<KnownRelease> | Promise<Decision<KnownRelease>>

/** `meant`: what is to be brought back, by the target's newest attempts. */
async function goBack({ bot, command, actor, place, about }: Asked, meant: Meant): Promise<Reply> {
  const { target } = place
  const no = (refusal: Refusal) => refused(bot, command, 'rollback', nameOf(target), refusal, about)
  const grant = await mayDeployNow(bot, command, actor, target)
  if (grant.kind === 'refused') return no(grant.refusal)
  const attempts = await bot.store.attempts(target, LOOK_BACK)
  const release = await meant(attempts)
  if (release.kind === 'refused') return no(release.refusal)
  const ref = shortRevision(release.value.revision)
  const order = orderOf(place, { ...release.value, shown: ref })
  const approvers = approversOf(bot, command, actor.id, target, order.kind)
  if (approvers.kind === 'refused') return no(approvers.refusal)

  return begin(bot, command, {
    action: 'rollback',
    target,
    order,
    ref,
    isRollback: true,
    pulled: undefined,
    after: newestBegun(attempts),
    grant: grant.value,
    approvers: approvers.value,
  })
}

/** Only what the button said, and only while nothing has begun since. */
async function releaseOffered(
  bot: Bot,
  attempts: readonly Attempt[],
  target: Target,
  { id }: Deployment,
): Promise<Decision<KnownRelease>> {
  const standing = await offered(bot, attempts, id)
  if (standing.kind === 'overtaken') return refuse(inTheWay(standing.by))
  const release = rollbackTo(attempts, target, undefined)
  if (release.kind === 'refused' || isAsOffered(release.value, target, standing.offers)) return release
  const { service, environment } = target
  return refuse({ reason: 'not-offered', target: { service, environment }, offer: 'rollback' })
}

/** Code alone where the container of that time is there. Else both are brought: what hosts have by now nobody has to know for that. */
function orderOf({ target, hosts }: Place, release: KnownRelease & Resolution): Order {
  const { container, revision } = release
  const [first] = hosts
  if (container === 'there' || !first) return orderCode(target, hosts, release)
  const image = imageOfBefore(container.image, imageNames(target, first, revision))
  return orderSwap('full', target, hosts, release, image)
}
