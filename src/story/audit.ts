import type { Command } from '../command.ts'
import type { Done } from '../ports/records/history.ts'
import { TakenOver } from '../ports/store.ts'
import type { Refusal } from '../refusal.ts'
import type { TargetId } from '../target.ts'
import type { Bot } from './bot.ts'
import type { Reply } from './reply.ts'

/** `about`: which deployment and order it was about, when there is one. */
export async function refused(
  bot: Bot,
  command: Command,
  action: string,
  target: string | undefined,
  refusal: Refusal,
  about = '',
): Promise<Reply> {
  // Another bot may have taken the command over and done it meanwhile, which is why it cannot be done any more.
  const done = await bot.store.doneBy(command.once ?? command.trigger)
  if (done) return again(bot, command, action, done)
  await audit(bot, command, action, target, refusal.reason, `${about} ${JSON.stringify(refusal)}`.trim())
  return { kind: 'refused', refusal }
}

export function audit(
  bot: Bot,
  command: Command,
  action: string,
  target: string | undefined,
  decision: string,
  detail: string,
): Promise<void> {
  return bot.store.audit({ actor: command.actor, action, target, decision, detail }, command.trigger)
}

/** The answer that was given before, by the trigger, or would have been but for a crash: nothing is done or told twice. */
export async function again(bot: Bot, command: Command, action: string, done: Done): Promise<Reply> {
  const { id, order } = done.deployment
  const detail = `${id} again, by its trigger`
  const said = { actor: command.actor, action, target: nameOf(order.target), decision: 'accepted', detail }
  // Each time: presses of several buttons may come to one trigger.
  await recorded(bot, bot.store.audit(said))
  return done
}

/** What is done is done, also when it cannot be written down: its asker must not read that nothing was. */
export async function recorded(bot: Bot, writing: Promise<unknown>): Promise<void> {
  await writing.catch(error => {
    // Whoever has the command now audits it.
    if (!(error instanceof TakenOver)) bot.problem('a decision could not be recorded', error)
  })
}

export function nameOf(target: TargetId): string {
  return `${target.service}.${target.environment}`
}
