import type { Command } from '../command.ts'
import type { Target } from '../config/config.ts'
import type { Actor, GroupMembers } from '../policy/actor.ts'
import { mayDecide } from '../policy/approval.ts'
import { authorize, type Grant, groupsToAsk, type Right } from '../policy/authorize.ts'
import type { People } from '../ports/people.ts'
import { type Decision, refuse } from '../refusal.ts'
import type { Bot } from './bot.ts'
import { tooMany } from './flood.ts'
import { heldNow } from './holds.ts'

/** Users of the bot's terminal are in its records only, and no id of Slack's looks like theirs. */
export async function actorOf(people: People, id: string): Promise<Actor> {
  return { id, standing: id.startsWith('cli:') ? 'operator' : await people.standingOf(id) }
}

export function mayDo(people: People, actor: Actor, target: Target, right: Right): Promise<Decision<Grant>> {
  return withGroups(people, target, right, groups => authorize(actor, target, groups, right))
}

/** The right to deploy, and nothing against it at this moment: neither too many commands nor somebody else's lock. */
export async function mayDeployNow(
  bot: Bot,
  command: Command,
  actor: Actor,
  target: Target,
): Promise<Decision<Grant>> {
  const grant = await mayDo(bot.people, actor, target, 'deploy')
  if (grant.kind === 'refused') return grant
  const against = tooMany(bot, command) ?? (await heldNow(bot, actor.id, target))
  return against ? refuse(against) : grant
}

export function mayApprove(
  people: People,
  actor: Actor,
  target: Target,
  requestedBy: string,
): Promise<Decision<Grant>> {
  return withGroups(people, target, 'approve', groups => mayDecide(actor, target, requestedBy, groups))
}

/** Asks for user groups only when the person's own id does not decide already. */
async function withGroups(
  people: People,
  target: Target,
  right: Right,
  decide: (groups: ReadonlyMap<string, GroupMembers>) => Decision<Grant>,
): Promise<Decision<Grant>> {
  const alone = decide(new Map())
  if (alone.kind === 'yes' || alone.refusal.reason !== 'groups-unknown') return alone
  const asked = groupsToAsk(target, right).map(async id => [id, await people.membersOf(id)] as const)
  return decide(new Map(await Promise.all(asked)))
}
