import type { Click, Command } from '../command.ts'
import type { Target } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import type { Void } from '../event.ts'
import type { Actor } from '../policy/actor.ts'
import { undecidable } from '../policy/approval.ts'
import { type Grant, mayRead } from '../policy/authorize.ts'
import { findTarget } from '../policy/target.ts'
import type { Decided } from '../ports/records/verdicts.ts'
import type { Refusal } from '../refusal.ts'
import { recordGivenUp } from '../run/record.ts'
import { answer, settle } from './answer.ts'
import { audit, nameOf, recorded, refused } from './audit.ts'
import type { Bot } from './bot.ts'
import { heldNow, lockAfter } from './holds.ts'
import type { Reply } from './reply.ts'
import { retry } from './retry.ts'
import { actorOf, mayApprove, mayDo } from './rights.ts'
import { rollbackFrom } from './rollback.ts'
import { aheadOf, voidBecause } from './still.ts'
import { stop } from './stop.ts'

/** One press of a button, from its value, which is an id only, to the answer. Who presses has to have the right now. */
export async function press(bot: Bot, command: Command, { action, deployment: id }: Click): Promise<Reply> {
  const actor = await actorOf(bot.people, command.actor)
  const deployment = await bot.store.find(id)
  const insider = mayRead(actor)
  if (insider.kind === 'refused') return no(bot, command, action, deployment, insider.refusal)
  if (!deployment) return no(bot, command, action, undefined, { reason: 'wrong-button', deployment: id })
  const { target } = deployment.order
  const place = findTarget(target, bot.config)
  const asked = { bot, command, actor, deployment }
  if (place.kind === 'refused') return withoutTarget(asked, action, place.refusal)
  const pressed = { ...asked, target: place.value.target }
  switch (action) {
    case 'approve':
    case 'reject':
      return decide(pressed, action)
    case 'cancel':
      return cancel(pressed)
    case 'resume':
    case 'leave':
      return answer(bot, command, actor, deployment, pressed.target, action)
    case 'retry':
      return retry(bot, command, actor, deployment, pressed.target)
    case 'rollback':
      return rollbackFrom(bot, command, actor, place.value, deployment)
    case 'lock':
      return lockAfter(bot, command, actor, pressed.target, deployment)
  }
}

interface Asked {
  readonly bot: Bot
  readonly command: Command
  readonly actor: Actor
  readonly deployment: Deployment
}

interface Pressed extends Asked {
  readonly target: Target
}

/** touchdown.yml, which says who has which right, no longer has the target: what awaits is over, and who asked may stop the rest. */
async function withoutTarget(asked: Asked, action: Click['action'], unknown: Refusal): Promise<Reply> {
  const { bot, command, actor, deployment } = asked
  switch (action) {
    case 'approve':
    case 'reject': {
      const late = undecidable(deployment)
      const refusal = late ?? (await giveUp(bot, deployment, { kind: 'config-changed' }))
      return no(bot, command, action, deployment, refusal)
    }
    case 'cancel':
      return actor.id === deployment.requestedBy
        ? halt(asked, { actor: actor.id, through: actor.id })
        : no(bot, command, action, deployment, unknown)
    case 'leave':
      return actor.id === deployment.requestedBy
        ? settle(bot, command, deployment, action, { actor: actor.id, through: actor.id })
        : no(bot, command, action, deployment, unknown)
    case 'resume':
    case 'retry':
    case 'rollback':
    case 'lock':
      return no(bot, command, action, deployment, unknown)
  }
}

async function decide(pressed: Pressed, action: 'approve' | 'reject'): Promise<Reply> {
  const { bot, command, actor, deployment, target } = pressed
  const { service } = target
  const refuse = (refusal: Refusal) => no(bot, command, action, deployment, refusal)
  const grant = await mayApprove(bot.people, actor, target, deployment.requestedBy)
  if (grant.kind === 'refused') return refuse(grant.refusal)
  const late = undecidable(deployment)
  if (late) return refuse(late)
  const why = action === 'approve' ? await voidBecause(bot, deployment) : undefined
  if (why?.kind === 'unchecked') return refuse({ reason: 'not-checked', service, detail: why.detail })
  if (why) return refuse(await giveUp(bot, deployment, why))

  const decision: Decided =
    action === 'approve'
      ? { kind: 'approved', by: actor.id, ahead: await aheadOf(bot, deployment) }
      : { kind: 'rejected', by: actor.id }
  // As late as can be: somebody may have locked it while Slack and git were asked.
  const held =
    action === 'approve' ? await heldNow(bot, deployment.requestedBy, deployment.order.target) : undefined
  if (held) return refuse(held)
  const decided = await bot.store.decide(deployment.id, decision, command.trigger)
  if (!decided || decided.events.length === 0) {
    return refuse(undecidable(decided?.deployment ?? deployment) ?? { reason: 'expired', service })
  }
  for (const event of decided.events) bot.teller.tell(decided.deployment, event)
  const detail = `${aboutOf(deployment)} through ${grant.value.through}`
  await recorded(bot, audit(bot, command, action, nameOf(deployment.order.target), 'accepted', detail))
  bot.scheduler.wake()
  return { kind: 'decided', deployment: decided.deployment }
}

/** Nobody can approve it any more, whoever tries. Somebody else may have ended it meanwhile. */
async function giveUp(bot: Bot, { id, order }: Deployment, why: Void): Promise<Refusal> {
  await recordGivenUp(bot, id, why)
  return { reason: 'given-up', service: order.target.service, why }
}

async function cancel(pressed: Pressed): Promise<Reply> {
  const { bot, command, actor, deployment, target } = pressed
  const grant = await mayDo(bot.people, actor, target, 'cancel')
  if (grant.kind === 'refused') return no(bot, command, 'cancel', deployment, grant.refusal)
  return halt(pressed, grant.value)
}

async function halt({ bot, command, deployment }: Asked, grant: Grant): Promise<Reply> {
  const { service } = deployment.order.target
  const stopped = await stop(bot, deployment.id, grant, command.trigger)
  return stopped
    ? { kind: 'cancelled', deployment: stopped }
    : no(bot, command, 'cancel', deployment, { reason: 'nothing-to-cancel', service })
}

function no(
  bot: Bot,
  command: Command,
  action: Click['action'],
  deployment: Deployment | undefined,
  refusal: Refusal,
): Promise<Reply> {
  const name = deployment && nameOf(deployment.order.target)
  return refused(bot, command, action, name, refusal, deployment && aboutOf(deployment))
}

function aboutOf({ id, approval }: Deployment): string {
  return approval ? `${id} order ${approval.hash}` : id
}
