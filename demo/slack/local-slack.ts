import type { RateLimits } from './budget.ts'
import type { Faults } from './faults.ts'
import type { LoggedCall } from './http.ts'
import type { Click, Command, Outcome } from './people.ts'
import type { Change, Channel, Ephemeral, Group, Message, Team, User } from './shapes.ts'
import type { DisconnectReason, Envelope } from './socket-mode.ts'
import type { Workspace } from './workspace.ts'

export type LocalSlackOptions = {
  readonly team: Pick<Team, 'id' | 'name'> & Partial<Team>
  readonly users: readonly User[]
  readonly channels: readonly Channel[]
  readonly groups?: readonly Group[]
  readonly tokens: { readonly bot: string; readonly app: string }
  /** What the app was granted. Left out: what a deploy bot asks for, and nothing more. */
  readonly scopes?: readonly string[]
  /** Calls per minute before a 429; `publishedRateLimits` are Slack's. Left out: none, so that a test may hurry. */
  readonly rateLimits?: RateLimits
  /** Any free port when left out. */
  readonly port?: number
  /** Slack gives an app three seconds. Only a test of a missed limit needs another number. */
  readonly ackLimitMs?: number
  /** Unix milliseconds. Triggers, response_urls and timestamps go by it. */
  readonly now?: () => number
}

export type Outage = {
  /** How many connections were refused so far. */
  refused(): number
  end(): void
}

export type LocalSlack = {
  /** For `SLACK_API_URL`; ends with a slash. */
  readonly apiUrl: string
  readonly workspace: Workspace
  readonly faults: Faults & {
    /** Slack's `disconnect` on every open socket, or on one: they are numbered from 1 in the order of opening. */
    disconnect(reason: DisconnectReason, connection?: number): void
    /** Every socket, or the one of this number, is cut without a close frame. */
    dropConnections(connection?: number): void
    /** Every socket is cut, and nobody gets a connection any more, for HTTP or WebSocket. */
    outage(): Outage
    /** Somebody deletes a message. */
    deleteMessage(channel: string, ts: string): void
  }
  command(command: Command): Promise<Outcome>
  click(click: Click): Promise<Outcome>
  /** Somebody writes a message; its ts. */
  say(user: string, channel: string, text: string): string
  /** Every living message of a channel in the order of posting, replies (`thread_ts`) included. */
  messages(channel: string): readonly Message[]
  /** The replies under a message. */
  thread(channel: string, ts: string): readonly Message[]
  /** What one sees without opening a thread: messages and broadcast replies. */
  timeline(channel: string): readonly Message[]
  ephemerals(user: string): readonly Ephemeral[]
  /** Every Web API call since the start. */
  readonly calls: readonly LoggedCall[]
  readonly envelopes: readonly Envelope[]
  /** Sentences about broken Socket Mode rules; a good app leaves it empty. */
  readonly complaints: readonly string[]
  readonly openConnections: number
  setUser(user: User): void
  setGroup(group: Group): void
  setChannel(channel: Channel): void
  onChange(listener: (change: Change) => void): () => void
  /**
   * The first answer of the predicate that is neither undefined nor false, asked now and after every change.
   * Rejects after the time with `what` in its message.
   */
  waitFor<T>(
    predicate: (slack: LocalSlack) => T | undefined | false,
    timeoutMs?: number,
    what?: string,
  ): Promise<T>
  close(): Promise<void>
}
