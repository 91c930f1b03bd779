import type { Message, Workspace } from '../../web/protocol.ts'
import type { State } from './state.ts'

/** A message as it stands in a list. */
export interface Row {
  readonly message: Message
  /** The replies below it, in the channel only. */
  readonly replies: readonly Message[]
  /** It goes on with what its author said just before: the name need not be repeated. */
  readonly goesOn: boolean
}

const ONE_BREATH_S = 120

/** What the person sees in the open channel without opening a thread. */
export function channelRows(state: State): readonly Row[] {
  const visible = visibleTo(state)
  return rows(
    visible.filter(message => message.thread === undefined || message.isBroadcast),
    visible,
  )
}

/** The open thread: its first message, then the replies. */
export function threadRows(state: State): readonly Row[] {
  const { thread } = state
  return rows(
    visibleTo(state).filter(message => message.ts === thread || message.thread === thread),
    [],
  )
}

/** Every message of the open channel that the person may see, oldest first. */
export function visibleTo({ seen, channel, me }: State): readonly Message[] {
  return seen.messages
    .filter(message => message.channel === channel && (message.only === undefined || message.only === me))
    .toSorted((a, b) => (a.ts < b.ts ? -1 : 1))
}

function rows(shown: readonly Message[], all: readonly Message[]): readonly Row[] {
  return shown.map((message, index) => ({
    message,
    replies: all.filter(reply => reply.thread === message.ts),
    goesOn: goesOn(shown[index - 1], message),
  }))
}

function goesOn(before: Message | undefined, message: Message): boolean {
  return (
    before !== undefined &&
    before.user === message.user &&
    before.only === message.only &&
    !before.isBroadcast &&
    !message.isBroadcast &&
    Number(message.ts) - Number(before.ts) < ONE_BREATH_S
  )
}

/** Where an address of a message leads, when it is one of this workspace. */
export function placeOf(
  url: string,
  { domain }: Workspace,
): { readonly channel: string; readonly ts: string } | undefined {
  const start = `https://${domain}.slack.com/archives/`
  const [, channel, seconds, micros] = /^(\w+)\/p(\d+)(\d{6})(?:\?|$)/.exec(url.slice(start.length)) ?? []
  if (!url.startsWith(start) || !channel) return undefined
  const thread = /[?&]thread_ts=([\d.]+)/.exec(url)?.[1]
  return { channel, ts: thread ?? `${seconds}.${micros}` }
}
