import type { Config } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'
import type { Told } from '../ports/messages.ts'
import { eventLines, failingOutput } from '../sentences/thread.ts'
import { after, firstView, type View } from '../sentences/view.ts'
import { MOST_OF_A_THREAD_MESSAGE, type ThreadPart } from './blocks.ts'
import { isUser } from './mentions.ts'

/**
 * One deployment on its way into Slack. What is wanted there is the fold of its events; their count is the version.
 * Mutable: the publisher's one loop reads what is new and changes what was sent.
 */
export interface Telling {
  deployment: Deployment
  /** As recorded, from the first: by their number in the records it is remembered which were told. */
  readonly events: DeploymentEvent[]
  /** When each of them was read: the publisher's clock, as below. */
  readonly readAt: number[]
  told: Told
  /** How many events the message shows. */
  shown: number
  /** What was sent could not be recorded: nothing more is sent of it until that is made up for. */
  isOwed: boolean
  /** When the message was last sent, and since when lines wait. */
  sentAt: number
  waitingSince: number | undefined
  /** Nothing of it is tried before. */
  notBefore: number
  /** Slack would not take these with blocks, so they go as text alone. */
  readonly plain: Set<JobKind>
  /** The message cannot be edited any more. */
  isFrozen: boolean
  /** The thread is closed to us: the end is told in the channel. */
  hasNoThread: boolean
  /** The answer to its post was lost, so another message of it may stand in the channel, which nobody can edit. */
  mayStandTwice: boolean
}

/** `post` the message, `edit` it, add `lines` to its thread, broadcast the `final` reply. */
export type JobKind = 'post' | 'edit' | 'lines' | 'final'

/** `told`: how far it was told before, if at all. */
export function newTelling(deployment: Deployment, told?: Told): Telling {
  return {
    deployment,
    events: [],
    readAt: [],
    told: told ? { ...told, done: false } : toldNothing(deployment.id),
    // What was shown is not recorded: one edit more after a restart. What was told to its end is shown.
    shown: told?.done ? told.lines : 0,
    isOwed: false,
    sentAt: Number.NEGATIVE_INFINITY,
    waitingSince: undefined,
    notBefore: 0,
    plain: new Set(),
    isFrozen: false,
    hasNoThread: false,
    mayStandTwice: false,
  }
}

function toldNothing(deployment: string): Told {
  return {
    deployment,
    channel: undefined,
    parent: undefined,
    lines: 0,
    final: false,
    reposted: false,
    barred: [],
    done: false,
  }
}

/** Adds what was read now. */
export function add(telling: Telling, events: readonly DeploymentEvent[], now: number): void {
  telling.events.push(...events)
  telling.readAt.push(...events.map(() => now))
  if (hasLines(telling)) telling.waitingSince ??= now
}

/** When the oldest event was read that Slack does not show yet, by the message, its thread or the broadcast. */
export function behindSince({ events, readAt, shown, told, isFrozen }: Telling): number | undefined {
  const end = events.findIndex(event => event.kind === 'ended')
  const untold = [...(isFrozen ? [] : [shown]), told.lines, ...(end >= 0 && !told.final ? [end] : [])]
  return readAt[Math.min(...untold)]
}

export function viewOf({ deployment, events }: Telling): View {
  return events.reduce(after, firstView(deployment))
}

export function hasEnded({ events }: Telling): boolean {
  return events.some(event => event.kind === 'ended')
}

/** The end has no line of its own: the broadcast tells it. */
export function hasLines({ events, told }: Telling): boolean {
  return events.slice(told.lines).some(event => event.kind !== 'ended')
}

/** The first channel in question that has not turned the bot away; undefined: there is none left. */
export function channelFor({ deployment, told }: Telling, config: Config): string | undefined {
  return channelsOf(deployment, config).find(channel => !told.barred.includes(channel))
}

/** Its own, then the one for all, then a direct message to who asked. */
function channelsOf({ origin, order, requestedBy }: Deployment, config: Config): readonly string[] {
  const { service, environment } = order.target
  const own =
    origin.kind === 'slack' ? origin.channel : config.services.get(service)?.targets.get(environment)?.channel
  return [own, config.channel, isUser(requestedBy) ? requestedBy : undefined].flatMap(
    channel => channel ?? [],
  )
}

/** The events that go into the next reply of the thread, as many as fit, at least one. */
export function nextLines(telling: Telling): {
  readonly upTo: number
  readonly parts: readonly ThreadPart[]
} {
  const { events, told } = telling
  const view = viewOf(telling)
  const parts: ThreadPart[] = []
  let upTo = told.lines
  let length = 0
  for (const event of events.slice(told.lines)) {
    const more = partsOf(view, event)
    length += more.reduce((sum, part) => sum + part.text.length + 1, 0)
    if (length > MOST_OF_A_THREAD_MESSAGE && parts.length > 0) break
    parts.push(...more)
    upTo += 1
  }
  return { upTo, parts }
}

function partsOf(view: View, event: DeploymentEvent): readonly ThreadPart[] {
  const output = failingOutput(event)
  return [
    ...eventLines(view, event).map(text => ({ kind: 'line' as const, text })),
    ...(output === undefined ? [] : [{ kind: 'output' as const, text: output }]),
  ]
}

/** Where a deployment's message stands. */
export interface Place {
  readonly channel: string
  readonly ts: string
}

export function standing({ channel, parent }: Told): Place | undefined {
  return channel === undefined || parent === undefined ? undefined : { channel, ts: parent }
}
