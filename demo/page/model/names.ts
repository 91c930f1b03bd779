import type { Person, Workspace } from '../../web/protocol.ts'

/** Undefined: Slack itself, or nobody that is known. */
export function personOf({ people, bot }: Workspace, id: string | undefined): Person | undefined {
  return [...people, bot].find(person => person.id === id)
}

/** A mention as it is read; an id that nobody has stays one. */
export function mentionName(workspace: Workspace, of: 'user' | 'group' | 'channel', id: string): string {
  switch (of) {
    case 'user':
      return `@${personOf(workspace, id)?.name ?? id}`
    case 'group':
      return `@${workspace.groups.find(group => group.id === id)?.handle ?? id}`
    case 'channel':
      return `#${workspace.channels.find(channel => channel.id === id)?.name ?? id}`
  }
}
