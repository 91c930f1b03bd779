import type { LocalSlack } from '../slack/local-slack.ts'
import type { Ephemeral, Message as Posted, User } from '../slack/shapes.ts'
import type { Message, Person, Workspace } from './protocol.ts'

/** The workspace as the page sees it. */
export function workspaceSeen({ workspace }: LocalSlack): Workspace {
  const { team } = workspace
  return {
    name: team.name,
    domain: team.domain,
    bot: { id: team.botUserId, name: team.botName, shownName: team.botName },
    people: [...workspace.users.values()].filter(user => !user.deleted && !user.is_bot).map(personSeen),
    channels: [...workspace.channels.values()]
      .filter(channel => !channel.is_archived)
      .map(({ id, name, is_private, members }) => ({
        id,
        name,
        isPrivate: is_private ?? false,
        ...(members ? { members } : {}),
      })),
    groups: [...workspace.groups.values()].map(({ id, handle }) => ({ id, handle })),
  }
}

/** Every living message of every channel, and what was whispered to anybody. */
export function messagesSeen(slack: LocalSlack): readonly Message[] {
  const { channels, users, team } = slack.workspace
  return [
    ...[...channels.keys()].flatMap(channel => slack.messages(channel)).map(messageSeen),
    ...[...users.keys()]
      .flatMap(user => slack.ephemerals(user))
      .map(whisper => whisperSeen(whisper, team.botUserId)),
  ]
}

export function messageSeen(message: Posted): Message {
  const { channel, ts, user, text, blocks, thread_ts, broadcast, edited } = message
  return {
    ...{ channel, ts, user, text, blocks },
    thread: thread_ts,
    isBroadcast: broadcast,
    isEdited: edited,
    only: undefined,
    isTyped: false,
  }
}

export function whisperSeen(whisper: Ephemeral, botUser: string): Message {
  const { channel, ts, user, text, blocks, thread_ts, via } = whisper
  return {
    ...{ channel, ts, text, blocks },
    user: via === 'slack' ? undefined : botUser,
    thread: thread_ts,
    isBroadcast: false,
    isEdited: false,
    only: user,
    isTyped: false,
  }
}

/** A command as it was typed, for its asker only. */
export function typedSeen(channel: string, ts: string, user: string, text: string): Message {
  return {
    ...{ channel, ts, user, text },
    blocks: [],
    thread: undefined,
    isBroadcast: false,
    isEdited: false,
    only: user,
    isTyped: true,
  }
}

function personSeen({ id, name, real_name }: User): Person {
  return { id, name, shownName: real_name ?? name }
}
