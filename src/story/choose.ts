import type { Choice, Command } from '../command.ts'
import { parse } from '../intent/parse.ts'
import { mayRead } from '../policy/authorize.ts'
import { again, refused } from './audit.ts'
import type { Bot } from './bot.ts'
import { deploy } from './deploy.ts'
import type { Reply } from './reply.ts'
import { actorOf } from './rights.ts'

/**
 * A button under the refusal of a plain deploy: as if who typed it had typed the same words now, with the option. Of what was
 * typed once only one deployment comes, whichever buttons are pressed.
 */
export async function choose(bot: Bot, command: Command, { action, command: id }: Choice): Promise<Reply> {
  const actor = await actorOf(bot.people, command.actor)
  const insider = mayRead(actor)
  if (insider.kind === 'refused') return refused(bot, command, 'deploy', undefined, insider.refusal)
  const typed = await bot.store.heard(id)
  // Nobody else sees the button, and what is in a press is not to be believed.
  const parsed = typed && typed.actor === actor.id ? parse(typed.text) : undefined
  if (parsed?.kind !== 'yes' || parsed.value.kind !== 'deploy' || parsed.value.as !== 'plain')
    return refused(bot, command, 'deploy', undefined, { reason: 'not-yours', command: id })
  const once = `${id}:chosen`
  const done = await bot.store.doneBy(once)
  if (done) return again(bot, command, 'deploy', done)
  return deploy(bot, { ...command, once }, actor, { ...parsed.value, as: action })
}
