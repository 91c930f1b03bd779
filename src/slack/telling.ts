import type { Config } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'
import type { Told } from '../ports.ts'
import { eventLines, failingOutput } from '../sentences/thread.ts'
import { after, firstView, type View } from '../sentences/view.ts'
import { MOST_OF_A_THREAD_MESSAGE, type ThreadPart } from './blocks.ts'
import { isUser } from './mentions.ts'

/**
 * One deployment on its way into Slack. What is wanted there is the fold of its events; their count is the version.
 * Mutable: the publisher's one loop changes what was sent, `tell` adds events.
 */
export interface Telling {
  deployment: Deployment
  events: DeploymentEvent[]
  /** Read from the records before they were told here, as JSON: recorded first, told second, and we may look in between. */
  foreseen: string[]
  told: Told
  /** How many events the message shows. */
  shown: number
  /** False until the records were asked how far it was told before: nothing is sent until then. */
  isLoaded: boolean
  loaded: Promise<void>
  /** When the message was last sent, and since when lines wait: the publisher's clock. */
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

export function newTelling(deployment: Deployment): Telling {
  return {
    deployment,
    events: [],
    foreseen: [],
    told: {
      deployment: deployment.id,
      channel: undefined,
      parent: undefined,
      lines: 0,
      final: false,
      reposted: false,
      barred: [],
      done: false,
    },
    shown: 0,
    isLoaded: false,
    loaded: Promise.resolve(),
    sentAt: Number.NEGATIVE_INFINITY,
    waitingSince: undefined,
    notBefore: 0,
    plain: new Set(),
    isFrozen: false,
    hasNoThread: false,
    mayStandTwice: false,
  }
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

/** Adds an event, unless the records have given it already. */
export function hearEvent(telling: Telling, event: DeploymentEvent): void {
  if (!take(telling.foreseen, JSON.stringify(event))) telling.events.push(event)
}

/**
 * Adds what the records hold and nobody told us, such as events of another process. The records' order wins at first.
 * `isPast`: this process was not there when they were recorded, so it will not tell them.
 */
export function absorb(telling: Telling, recorded: readonly DeploymentEvent[], isPast: boolean): void {
  const heard = telling.events.map(event => JSON.stringify(event))
  const unheard = recorded.filter(event => !take(heard, JSON.stringify(event)))
  if (!isPast) telling.foreseen.push(...unheard.map(event => JSON.stringify(event)))
  if (telling.isLoaded) {
    telling.events.push(...unheard)
    return
  }
  const known = recorded.map(event => JSON.stringify(event))
  telling.events = [...recorded, ...telling.events.filter(event => !take(known, JSON.stringify(event)))]
}

function take(list: string[], item: string): boolean {
  const index = list.indexOf(item)
  if (index >= 0) list.splice(index, 1)
  return index >= 0
}

/** Where a deployment's message stands. */
export interface Place {
  readonly channel: string
  readonly ts: string
}

export function standing({ channel, parent }: Told): Place | undefined {
  return channel === undefined || parent === undefined ? undefined : { channel, ts: parent }
}
