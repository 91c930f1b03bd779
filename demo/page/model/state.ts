import type { FromServer, HostLook, Message } from '../../web/protocol.ts'
import type { Button } from './blocks.ts'
import { begunTour, type Tour, tourAfter } from './tour.ts'

/** What the server has told. */
export type Seen = Omit<Extract<FromServer, { readonly kind: 'hello' }>, 'kind'>

/** A button that waits for the answer of its dialog. */
export interface Asking {
  readonly message: Message
  readonly button: Button
}

export interface State {
  /** False: the server is gone, and what is shown may be old. */
  readonly isLive: boolean
  readonly seen: Seen
  /** Who is acted as. */
  readonly me: string
  readonly channel: string
  /** The ts of the message whose thread is open, in the open channel. */
  readonly thread: string | undefined
  /** Channels with something new for somebody who is there. */
  readonly unread: ReadonlySet<string>
  readonly asking: Asking | undefined
  readonly tour: Tour
}

export type Happening =
  | FromServer
  | { readonly kind: 'cut' }
  | { readonly kind: 'acts as'; readonly person: string }
  | { readonly kind: 'opens channel'; readonly channel: string }
  | { readonly kind: 'opens thread'; readonly channel: string; readonly ts: string }
  | { readonly kind: 'closes thread' }
  | { readonly kind: 'asks'; readonly asking: Asking | undefined }
  | { readonly kind: 'goes to step'; readonly index: number }

/** Undefined: nothing was heard from the server yet. */
export function next(state: State | undefined, happened: Happening): State | undefined {
  if (happened.kind === 'hello') return greeted(state, happened)
  if (state === undefined) return undefined
  switch (happened.kind) {
    case 'message':
      return withMessage(state, happened.message)
    case 'gone':
      return withSeen(state, { messages: state.seen.messages.filter(message => !isThat(message, happened)) })
    case 'host':
      return withSeen(state, { hosts: state.seen.hosts.map(host => newer(host, happened.host)) })
    case 'bot':
      return withSeen(state, { isBotThere: happened.isThere })
    case 'cut':
      return { ...state, isLive: false }
    case 'acts as':
      return inSight({ ...state, me: happened.person })
    case 'opens channel':
      return opened(state, happened.channel, undefined)
    case 'opens thread':
      return opened(state, happened.channel, happened.ts)
    case 'closes thread':
      return { ...state, thread: undefined }
    case 'asks':
      return { ...state, asking: happened.asking }
    case 'goes to step':
      return { ...state, tour: begunTour(happened.index) }
  }
}

function greeted(state: State | undefined, { kind: _, ...seen }: FromServer & { kind: 'hello' }): State {
  if (state) return inSight({ ...state, isLive: true, seen })
  const first = seen.shown.tour[0]?.channel
  const channel = seen.workspace.channels.find(({ name }) => name === first) ?? seen.workspace.channels[0]
  return inSight({
    isLive: true,
    seen,
    me: seen.shown.roles.developer,
    channel: channel?.id ?? '',
    thread: undefined,
    unread: new Set(),
    asking: undefined,
    tour: begunTour(0),
  })
}

function withMessage(state: State, message: Message): State {
  const { messages, shown } = state.seen
  const isNew = !messages.some(old => isThat(old, message))
  const all = isNew ? [...messages, message] : messages.map(old => (isThat(old, message) ? message : old))
  const isElsewhere = isNew && !message.isTyped && message.channel !== state.channel
  return {
    ...withSeen(state, { messages: all }),
    unread: isElsewhere ? new Set([...state.unread, message.channel]) : state.unread,
    tour: tourAfter(state.tour, shown, message),
  }
}

function withSeen(state: State, seen: Partial<Seen>): State {
  return { ...state, seen: { ...state.seen, ...seen } }
}

/** A person sees only the channels that they are in. */
function inSight(state: State): State {
  const channels = channelsFor(state.seen, state.me)
  const isThere = channels.some(({ id }) => id === state.channel)
  return isThere ? state : { ...state, channel: channels[0]?.id ?? '', thread: undefined }
}

function opened(state: State, channel: string, thread: string | undefined): State {
  const unread = new Set([...state.unread].filter(other => other !== channel))
  return inSight({ ...state, channel, thread, unread })
}

export function channelsFor({ workspace }: Seen, person: string): Seen['workspace']['channels'] {
  return workspace.channels.filter(({ members }) => members === undefined || members.includes(person))
}

function isThat(message: Message, other: { readonly channel: string; readonly ts: string }): boolean {
  return message.channel === other.channel && message.ts === other.ts
}

function newer(host: HostLook, look: HostLook): HostLook {
  return host.name === look.name ? look : host
}
