import type { Target } from '../config/config.ts'
import type { Actor } from '../policy/actor.ts'
import { authorize, type Grant, groupsToAsk, type Right } from '../policy/authorize.ts'
import type { People } from '../ports.ts'
import type { Decision } from '../refusal.ts'

/** Asks for user groups only when the person's own id does not decide already. */
export async function mayDo(
  people: People,
  actor: Actor,
  target: Target,
  right: Right,
): Promise<Decision<Grant>> {
  const alone = authorize(actor, target, new Map(), right)
  if (alone.kind === 'yes' || alone.refusal.reason !== 'groups-unknown') return alone
  const asked = groupsToAsk(target, right).map(async id => [id, await people.membersOf(id)] as const)
  return authorize(actor, target, new Map(await Promise.all(asked)), right)
}
