import type { Command } from '../command.ts'
import type { Target } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import type { Answered } from '../event.ts'
import type { Actor } from '../policy/actor.ts'
import type { Grant } from '../policy/authorize.ts'
import type { Refusal } from '../refusal.ts'
import { audit, nameOf, recorded, refused } from './audit.ts'
import type { Bot } from './bot.ts'
import { heldNow } from './holds.ts'
import { offersAt } from './offer.ts'
import type { Reply } from './reply.ts'
import { mayDo } from './rights.ts'

/**
 * What somebody says of a deployment whose swaps were interrupted. It was approved as it is recorded, so to go on with exactly that
 * needs no new approval; who presses needs the right that stopping it does.
 */
export async function answer(
  bot: Bot,
  command: Command,
  actor: Actor,
  deployment: Deployment,
  target: Target,
  word: Answered['answer'],
): Promise<Reply> {
  const no = (refusal: Refusal) => refused(bot, command, word, nameOf(target), refusal, deployment.id)
  const grant = await mayDo(bot.people, actor, target, 'cancel')
  if (grant.kind === 'refused') return no(grant.refusal)
  const held = word === 'resume' ? await heldNow(bot, actor.id, target) : undefined
  return held ? no(held) : settle(bot, command, deployment, word, grant.value)
}

/** For somebody who may. The first word counts. */
export async function settle(
  bot: Bot,
  command: Command,
  { id, order }: Deployment,
  word: Answered['answer'],
  { actor: by, through }: Grant,
): Promise<Reply> {
  const name = nameOf(order.target)
  const stalled = await bot.store.find(id)
  const offers = word === 'leave' && stalled ? await offersAt(bot, stalled, 'interrupted') : []
  const said = await bot.store.answer(id, { kind: 'answered', answer: word, by }, command.trigger, offers)
  if (!said || said.events.length === 0) {
    return refused(bot, command, word, name, await tooLate(bot, said?.deployment ?? stalled, order), id)
  }
  for (const event of said.events) bot.teller.tell(said.deployment, event)
  await recorded(bot, audit(bot, command, word, name, 'accepted', `${id} through ${through}`))
  bot.scheduler.wake()
  return { kind: 'decided', deployment: said.deployment }
}

/** Who was first, when somebody was. */
async function tooLate(
  { store }: Bot,
  deployment: Deployment | undefined,
  { target: { service } }: Deployment['order'],
): Promise<Refusal> {
  if (deployment?.cancelledBy !== undefined)
    return { reason: 'answered-already', service, answer: 'leave', by: deployment.cancelledBy }
  const events = deployment ? await store.events(deployment.id) : []
  const last = events.findLast(({ event: { kind } }) => kind === 'answered' || kind === 'stalled')?.event
  if (last?.kind === 'answered')
    return { reason: 'answered-already', service, answer: last.answer, by: last.by }
  return last
    ? { reason: 'answered-already', service, answer: 'leave', by: undefined }
    : { reason: 'not-stalled', service, status: deployment?.status ?? 'void' }
}
