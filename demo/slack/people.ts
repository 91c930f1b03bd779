import { clicked } from './actions.ts'
import { Args } from './answer.ts'
import { plainContent } from './content.ts'
import type { JsonObject } from './json.ts'
import { asSlackShows, blankMessage } from './methods-chat.ts'
import { type Asked, type ResponseUrls, respond } from './responses.ts'
import type { Channel, User } from './shapes.ts'
import type { Ack, SocketMode } from './socket-mode.ts'
import type { Triggers } from './triggers.ts'
import type { Workspace } from './workspace.ts'

export type Command = {
  readonly user: string
  readonly channel: string
  readonly text: string
  /** `/deploy` when left out. */
  readonly command?: string
}

export type Click = {
  readonly user: string
  /** A message, or an ephemeral that this user sees. What it shows by now is what can be clicked. */
  readonly message: { readonly channel: string; readonly ts: string }
  readonly actionId: string
  /** Chooses among buttons of one action id, or an option of a menu. */
  readonly value?: string
  /** The person was asked "Are you sure?" and was. Whoever says no in that dialog sends nothing. */
  readonly confirms?: true
  /** Also finds what an earlier version of the message had: the click of somebody whose screen was a moment late. */
  readonly stale?: boolean
}

/** What became of a command or a click. */
export type Outcome = {
  readonly status: Ack['status']
  readonly timedOut: boolean
  readonly ackedWithinMs: number | undefined
  readonly ackPayload: JsonObject | undefined
  /** The error that Slack itself shows (`operation_timeout`, `dispatch_failed`), or the text that came with the ack. */
  readonly userSaw: string | undefined
  readonly triggerId: string
  readonly responseUrl: string
}

/** What people do in Slack, and what Slack tells the app of it. */
export class People {
  private readonly workspace: Workspace
  private readonly socketMode: SocketMode
  private readonly triggers: Triggers
  private readonly responseUrls: ResponseUrls

  constructor(workspace: Workspace, socketMode: SocketMode, triggers: Triggers, responseUrls: ResponseUrls) {
    this.workspace = workspace
    this.socketMode = socketMode
    this.triggers = triggers
    this.responseUrls = responseUrls
  }

  /** Throws when Slack would not even send it: a person, a channel or a membership that is not there. */
  async command({ user: userId, channel: channelId, text, command = '/deploy' }: Command): Promise<Outcome> {
    const { user, channel } = this.whoAndWhere(userId, channelId)
    const { team } = this.workspace
    const asked: Asked = { user: user.id, channel: channel.id, original: undefined }
    const ways = { triggerId: this.triggers.create(), responseUrl: this.responseUrls.create(asked) }
    const ack = await this.socketMode.deliver('slash_commands', {
      token: 'verification-token',
      team_id: user.team_id ?? team.id,
      team_domain: team.domain,
      channel_id: channel.id,
      channel_name: channel.is_private ? 'privategroup' : channel.name,
      user_id: user.id,
      user_name: user.name,
      command,
      text,
      api_app_id: team.appId,
      is_enterprise_install: 'false',
      response_url: ways.responseUrl,
      trigger_id: ways.triggerId,
    })
    const outcome = this.outcomeOfCommand(ack, asked, ways)
    if (ack.status !== 'acked')
      this.tellByItself(asked, `${command} failed with the error "${outcome.userSaw}"`)
    return outcome
  }

  /** Throws when there is nothing to click: no such message, no such button, no such person in the channel. */
  async click(click: Click): Promise<Outcome> {
    const { ts } = click.message
    const { user, channel } = this.whoAndWhere(click.user, click.message.channel)
    const { team } = this.workspace
    const message = this.workspace.message(channel.id, ts)
    const ephemeral = this.workspace
      .ephemerals(user.id)
      .find(shown => shown.ts === ts && shown.channel === channel.id)
    const original = message ?? ephemeral
    if (original === undefined)
      throw new Error(`${user.name} sees no message ${ts} in ${channel.name} to click on.`)
    const earlier = click.stale && message !== undefined ? [...message.history].reverse() : []
    const action = clicked([original, ...earlier], click)
    const asked: Asked = { user: user.id, channel: channel.id, original }
    const ways = { triggerId: this.triggers.create(), responseUrl: this.responseUrls.create(asked) }
    const ack = await this.socketMode.deliver('interactive', {
      type: 'block_actions',
      user: { id: user.id, username: user.name, name: user.name, team_id: user.team_id ?? team.id },
      api_app_id: team.appId,
      token: 'verification-token',
      team: { id: team.id, domain: team.domain },
      enterprise: null,
      is_enterprise_install: false,
      container: {
        type: 'message',
        message_ts: ts,
        channel_id: channel.id,
        is_ephemeral: message === undefined,
        ...(original.thread_ts === undefined ? {} : { thread_ts: original.thread_ts }),
      },
      trigger_id: ways.triggerId,
      channel: { id: channel.id, name: channel.is_private ? 'privategroup' : channel.name },
      ...(message === undefined ? {} : { message: asSlackShows(message, this.workspace) }),
      state: { values: {} },
      response_url: ways.responseUrl,
      actions: [{ ...action, action_ts: this.workspace.nextTs() }],
    })
    return outcomeOf(ack, ways)
  }

  /** Writes a plain message, which the app may neither change nor delete. Answers its ts. */
  say(userId: string, channelId: string, text: string): string {
    const { user, channel } = this.whoAndWhere(userId, channelId)
    const ts = this.workspace.nextTs()
    this.workspace.post({ ...blankMessage(channel.id, ts, user.id), ...plainContent(text), via: 'a person' })
    return ts
  }

  private whoAndWhere(userId: string, channelId: string): { readonly user: User; readonly channel: Channel } {
    const user = this.workspace.users.get(userId)
    const channel = this.workspace.channels.get(channelId)
    if (user === undefined) throw new Error(`${userId} is nobody in this workspace and can do nothing here.`)
    if (channel === undefined) throw new Error(`There is no channel ${channelId} in this workspace.`)
    if (!this.workspace.isMember(user.id, channel)) throw new Error(`${user.name} is not in ${channel.name}.`)
    if (channel.is_archived) throw new Error(`${channel.name} is archived: nobody can do anything there.`)
    const isStranger = user.team_id !== undefined && user.team_id !== this.workspace.team.id
    if (isStranger && !channel.is_ext_shared)
      throw new Error(`${user.name} is of another team, and ${channel.name} is not shared with other teams.`)
    return { user, channel }
  }

  /** Shows the command's asker what came with the ack. A click shows nothing: Slack ignores what its ack carries. */
  private outcomeOfCommand(ack: Ack, asked: Asked, ways: Ways): Outcome {
    const outcome = outcomeOf(ack, ways)
    if (ack.status !== 'acked' || Object.keys(ack.payload).length === 0) return outcome
    const { text } = ack.payload
    const shown = typeof text === 'string' ? text : undefined
    const refused = respond(this.workspace, asked, new Args(ack.payload), 'ack')
    return { ...outcome, userSaw: refused?.error ?? shown }
  }

  private tellByItself({ user, channel }: Asked, text: string): void {
    const ts = this.workspace.nextTs()
    this.workspace.whisper({ ...plainContent(text), user, channel, ts, thread_ts: undefined, via: 'slack' })
  }
}

type Ways = { readonly triggerId: string; readonly responseUrl: string }

function outcomeOf(ack: Ack, ways: Ways): Outcome {
  const nothing = { ...ways, ackedWithinMs: undefined, ackPayload: undefined, userSaw: undefined }
  const { status } = ack
  const timedOut = status === 'timed out'
  switch (status) {
    case 'timed out':
      return { ...nothing, status, timedOut, userSaw: 'operation_timeout' }
    case 'no connection':
      return { ...nothing, status, timedOut, userSaw: 'dispatch_failed' }
    case 'acked':
      return { ...nothing, status, timedOut, ackedWithinMs: ack.afterMs, ackPayload: ack.payload }
  }
}
