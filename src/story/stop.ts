import type { Deployment } from '../deployment.ts'
import type { Grant } from '../policy/authorize.ts'
import type { TargetId } from '../target.ts'
import { nameOf, recorded } from './audit.ts'
import type { Bot } from './bot.ts'

/**
 * Stops the deployment with this id, or the target's first one, those that nobody has stopped yet before the others, for
 * somebody who may; undefined: none is unfinished. One that was still waiting is over at once; a running one stops before its
 * next host. Once for a trigger.
 */
export async function stop(
  bot: Bot,
  which: string | TargetId,
  { actor, through }: Grant,
  trigger: string,
): Promise<Deployment | undefined> {
  const cancelled = await bot.store.cancel(which, actor, trigger)
  if (!cancelled) return undefined
  const { deployment, events } = cancelled
  for (const event of events) bot.teller.tell(deployment, event)
  const target = nameOf(deployment.order.target)
  const detail = `${deployment.id} through ${through}`
  const said = { actor, action: 'cancel', target, decision: 'accepted', detail }
  await recorded(bot, bot.store.audit(said, trigger))
  bot.scheduler.wake()
  return deployment
}
