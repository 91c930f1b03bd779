import { type Answer, type Refusal, refuse } from './answer.ts'
import { readContent } from './content.ts'
import type { JsonObject } from './json.ts'
import type { Channel, Message } from './shapes.ts'
import type { Workspace } from './workspace.ts'
import type { Call, World } from './world.ts'

export function postMessage({ world, args }: Call): Answer {
  const { workspace } = world
  const channel = workspace.channelNamed(args.text('channel'))
  const barred = mayNotPost(world, channel)
  if (barred !== undefined || channel === undefined) return barred ?? refuse('channel_not_found')
  const read = readContent(args, 'post')
  if (!read.ok) return read
  const thread = readThread(workspace, channel, args.raw['thread_ts'])
  if (!thread.ok) return thread
  const message: Message = {
    ...read.content,
    ...blankMessage(channel.id, workspace.nextTs(), workspace.team.botUserId),
    thread_ts: thread.ts,
    broadcast: thread.ts !== undefined && args.flag('reply_broadcast'),
  }
  workspace.post(message)
  return { ok: true, channel: channel.id, ts: message.ts, message: asSlackShows(message, workspace) }
}

export function update({ world, args }: Call): Answer {
  const { workspace } = world
  const channel = workspace.channels.get(args.text('channel'))
  if (channel === undefined) return refuse('channel_not_found')
  const message = workspace.message(channel.id, args.text('ts'))
  if (message === undefined) return refuse('message_not_found')
  if (message.user !== workspace.team.botUserId) return refuse('cant_update_message')
  if (channel.is_archived) return refuse('is_archived')
  const read = readContent(args, 'update')
  if (!read.ok) return read
  const changed: Message = {
    ...message,
    // Text without blocks deletes the blocks; attachments and metadata stay until they are replaced.
    ...read.content,
    attachments: args.has('attachments') ? read.content.attachments : message.attachments,
    metadata: args.has('metadata') ? read.content.metadata : message.metadata,
    edited: message.edited || read.content.blocks.length === 0,
    broadcast: message.broadcast || (message.thread_ts !== undefined && args.flag('reply_broadcast')),
    history: [...message.history, contentOf(message)],
  }
  workspace.replace(changed)
  const { text } = changed
  return { ok: true, channel: channel.id, ts: changed.ts, text, message: asSlackShows(changed, workspace) }
}

export function postEphemeral({ world, args }: Call): Answer {
  const { workspace } = world
  const channel = workspace.channelNamed(args.text('channel'))
  const barred = mayNotPost(world, channel)
  if (barred !== undefined || channel === undefined) return barred ?? refuse('channel_not_found')
  const user = args.text('user')
  if (!workspace.isMember(user, channel)) return refuse('user_not_in_channel')
  const read = readContent(args, 'post')
  if (!read.ok) return read
  const thread = readThread(workspace, channel, args.raw['thread_ts'])
  if (!thread.ok) return thread
  const ts = workspace.nextTs()
  workspace.whisper({
    ...read.content,
    channel: channel.id,
    user,
    ts,
    thread_ts: thread.ts,
    via: 'chat.postEphemeral',
  })
  return { ok: true, message_ts: ts }
}

export function deleteMessage({ world, args }: Call): Answer {
  const { workspace } = world
  const channel = workspace.channels.get(args.text('channel'))
  if (channel === undefined) return refuse('channel_not_found')
  const message = workspace.message(channel.id, args.text('ts'))
  if (message === undefined) return refuse('message_not_found')
  if (message.user !== workspace.team.botUserId) return refuse('cant_delete_message')
  workspace.remove(message)
  return { ok: true, channel: channel.id, ts: message.ts }
}

export function getPermalink({ world, args }: Call): Answer {
  const { workspace } = world
  const channel = workspace.channels.get(args.text('channel'))
  if (channel === undefined) return refuse('channel_not_found')
  const message = workspace.message(channel.id, args.text('message_ts'))
  if (message === undefined) return refuse('message_not_found')
  const thread = message.thread_ts === undefined ? '' : `?thread_ts=${message.thread_ts}&cid=${channel.id}`
  const place = `archives/${channel.id}/p${message.ts.replace('.', '')}${thread}`
  return { ok: true, channel: channel.id, permalink: `https://${workspace.team.domain}.slack.com/${place}` }
}

export function addReaction({ world, args }: Call): Answer {
  const { workspace } = world
  const channel = workspace.channels.get(args.text('channel'))
  if (channel === undefined) return refuse('channel_not_found')
  const name = args.text('name')
  if (!/^[a-z0-9_+'-]+$/.test(name)) return refuse('invalid_name')
  const message = workspace.message(channel.id, args.text('timestamp'))
  if (message === undefined) return refuse('message_not_found')
  if (message.reactions.includes(name)) return refuse('already_reacted')
  workspace.replace({ ...message, reactions: [...message.reactions, name] })
  return { ok: true }
}

/** Why the bot may not write here. A private channel that it is not in does not exist for it. */
export function mayNotPost(world: World, channel: Channel | undefined): Refusal | undefined {
  if (channel === undefined) return refuse('channel_not_found')
  const isIn = channel.has_bot ?? true
  if (!isIn && channel.is_private) return refuse('channel_not_found')
  if (!isIn && !world.scopes.includes('chat:write.public')) return refuse('not_in_channel')
  return channel.is_archived ? refuse('is_archived') : undefined
}

type Thread = { readonly ok: true; readonly ts: string | undefined } | Refusal

/** A reply hangs under a message that is there and is no reply itself. How Slack words the refusal is our guess. */
export function readThread(workspace: Workspace, channel: Channel, ts: unknown): Thread {
  if (ts === undefined || ts === null || ts === '') return { ok: true, ts: undefined }
  if (typeof ts !== 'string' || !/^\d+\.\d{6}$/.test(ts)) return refuse('invalid_thread_ts')
  const parent = workspace.threadParent(channel.id, ts)
  if (parent === undefined) return refuse('thread_not_found')
  return parent.thread_ts === undefined ? { ok: true, ts } : refuse('cannot_reply_to_message')
}

/** Everything of a new message of the bot's but what it says. */
export function blankMessage(channel: string, ts: string, user: string) {
  return {
    channel,
    ts,
    user,
    via: 'chat.postMessage' as const,
    thread_ts: undefined,
    broadcast: false,
    edited: false,
    history: [],
    files: [],
    reactions: [],
    tombstone: false,
  }
}

/** The message as answers and `block_actions` payloads carry it. */
export function asSlackShows(message: Message, workspace: Workspace): JsonObject {
  const { botId, id, appId } = workspace.team
  return {
    type: 'message',
    ts: message.ts,
    user: message.user,
    bot_id: botId,
    app_id: appId,
    team: id,
    text: message.text,
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.attachments.length > 0 ? { attachments: message.attachments } : {}),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    ...(message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts }),
    ...(message.edited ? { edited: { user: message.user, ts: message.ts } } : {}),
  }
}

/** What a message says now, without who, where and when. */
export function contentOf(message: Message) {
  const { text, blocks, attachments, metadata, parse, linkNames, unfurlsLinks } = message
  return { text, blocks, attachments, metadata, parse, linkNames, unfurlsLinks }
}
