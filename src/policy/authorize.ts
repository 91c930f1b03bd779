import type { Target } from '../config/config.ts'
import { type Decision, type Refusal, refuse, yes } from '../refusal.ts'
import type { Actor, GroupMembers } from './actor.ts'

/** Rollbacks and locks need `deploy`, too; `cancel` is open to both deployers and approvers: to stop one, and to say Resume or Leave of one that stalled. */
export type Right = 'deploy' | 'approve' | 'cancel'

/** Who was let in, and by which id of the configuration: the person's own, or a user group's. For the audit. */
export interface Grant {
  readonly actor: string
  readonly through: string
}

/**
 * Whether the actor may do this to the target: only who is listed, by own id or by user group, and only full members of
 * the workspace and users of the bot's terminal. A group in `groups` that could not be asked, or is absent, permits
 * nobody; it does not stop who is listed otherwise. So asking with no groups first saves most look-ups.
 */
export function authorize(
  actor: Actor,
  target: Target,
  groups: ReadonlyMap<string, GroupMembers>,
  right: Right,
): Decision<Grant> {
  const outsider = refusedStanding(actor)
  if (outsider) return refuse(outsider)

  const listed = idsWith(target, right)
  if (listed.includes(actor.id)) return yes({ actor: actor.id, through: actor.id })

  const asked = listed.filter(isGroup).map(id => ({ id, members: groups.get(id) ?? NOT_ASKED }))
  const through = asked.find(({ members }) => !('unknown' in members) && members.has(actor.id))
  if (through) return yes({ actor: actor.id, through: through.id })

  const { service } = target
  for (const { id, members } of asked) {
    if ('unknown' in members) {
      return refuse({ reason: 'groups-unknown', service, detail: `${id}: ${members.unknown}` })
    }
  }
  return refuse({ reason: 'not-permitted', service, actor: actor.id, right, permitted: listed })
}

/** Status, history and help are for everybody who is a full member of the workspace or has the bot's terminal. */
export function mayRead(actor: Actor): Decision<Actor> {
  const outsider = refusedStanding(actor)
  return outsider ? refuse(outsider) : yes(actor)
}

/** The user groups whose members `authorize` has to know. */
export function groupsToAsk(target: Target, right: Right): readonly string[] {
  return idsWith(target, right).filter(isGroup)
}

function idsWith(target: Target, right: Right): readonly string[] {
  switch (right) {
    case 'deploy':
      return target.deployers
    case 'approve':
      return target.approvers
    case 'cancel':
      return [...new Set([...target.deployers, ...target.approvers])]
  }
}

function refusedStanding({ standing }: Actor): Refusal | undefined {
  if (typeof standing === 'object') return { reason: 'member-unknown', detail: standing.unknown }
  switch (standing) {
    case 'member':
    case 'operator':
      return undefined
    case 'guest':
    case 'stranger':
    case 'bot':
    case 'deactivated':
      return { reason: 'not-a-member', standing }
  }
}

function isGroup(id: string): boolean {
  return id.startsWith('S')
}

const NOT_ASKED: GroupMembers = { unknown: 'its members were not looked up' }
