import type { Change, Channel, Ephemeral, File, Group, Message, Team, User, View } from './shapes.ts'

/** All that this Slack remembers. Values are replaced, never altered, so what a test holds in its hand stays as it was. */
export class Workspace {
  readonly team: Team
  readonly now: () => number
  readonly users = new Map<string, User>()
  readonly groups = new Map<string, Group>()
  readonly channels = new Map<string, Channel>()
  readonly files = new Map<string, File>()
  readonly views: View[] = []
  private posted: readonly Message[] = []
  private whispered: readonly Ephemeral[] = []
  private readonly listeners = new Set<(change: Change) => void>()
  private lastMicroseconds = 0

  constructor(team: Team, now: () => number) {
    this.team = team
    this.now = now
  }

  /** Calls the listener after each change; the answer ends that. */
  onChange(listener: (change: Change) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  announce(change: Change): void {
    for (const listener of [...this.listeners]) listener(change)
  }

  /** Every living message of the channel, replies included, in the order of posting. */
  messages(channel: string): readonly Message[] {
    return this.posted.filter(message => message.channel === channel && !message.tombstone)
  }

  ephemerals(user: string): readonly Ephemeral[] {
    return this.whispered.filter(ephemeral => ephemeral.user === user)
  }

  message(channel: string, ts: string): Message | undefined {
    return this.messages(channel).find(message => message.ts === ts)
  }

  /** The message that a reply may hang under; a deleted one with replies still counts. */
  threadParent(channel: string, ts: string): Message | undefined {
    return this.posted.find(message => message.channel === channel && message.ts === ts)
  }

  /** The channel as `chat.postMessage` may name it; other methods take the id only. */
  channelNamed(idOrName: string): Channel | undefined {
    const name = idOrName.replace(/^#/, '')
    return this.channels.get(idOrName) ?? [...this.channels.values()].find(channel => channel.name === name)
  }

  isMember(user: string, channel: Channel): boolean {
    return this.users.has(user) && (channel.members === undefined || channel.members.includes(user))
  }

  /** `<seconds>.<6 digits>`, never the same twice. */
  nextTs(): string {
    this.lastMicroseconds = Math.max(this.lastMicroseconds + 1, Math.floor(this.now() * 1000))
    const digits = String(this.lastMicroseconds)
    return `${digits.slice(0, -6)}.${digits.slice(-6)}`
  }

  post(message: Message): void {
    this.posted = [...this.posted, message]
    this.announce({ kind: 'message posted', message })
  }

  replace(message: Message): void {
    this.posted = this.posted.map(old => (isSame(old, message) ? message : old))
    this.announce({ kind: 'message changed', message })
  }

  /** A message with replies leaves a tombstone, for its thread goes on; one without vanishes. */
  remove(message: Message): void {
    const hasReplies = this.posted.some(
      reply => reply.channel === message.channel && reply.thread_ts === message.ts,
    )
    this.posted = hasReplies
      ? this.posted.map(old => (isSame(old, message) ? { ...old, tombstone: true } : old))
      : this.posted.filter(old => !isSame(old, message))
    this.announce({ kind: 'message deleted', message })
  }

  whisper(ephemeral: Ephemeral): void {
    this.whispered = [...this.whispered, ephemeral]
    this.announce({ kind: 'ephemeral posted', ephemeral })
  }

  replaceEphemeral(ephemeral: Ephemeral): void {
    this.whispered = this.whispered.map(old => (old.ts === ephemeral.ts ? ephemeral : old))
    this.announce({ kind: 'ephemeral changed', ephemeral })
  }

  removeEphemeral(ephemeral: Ephemeral): void {
    this.whispered = this.whispered.filter(old => old.ts !== ephemeral.ts)
    this.announce({ kind: 'ephemeral deleted', ephemeral })
  }
}

function isSame(a: Message, b: Message): boolean {
  return a.channel === b.channel && a.ts === b.ts
}
