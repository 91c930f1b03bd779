import type { Actor, GroupMembers } from '../policy/actor.ts'

/** Who people are, as the place where they type knows it. */
export interface People {
  standingOf(id: string): Promise<Actor['standing']>
  membersOf(group: string): Promise<GroupMembers>
}
