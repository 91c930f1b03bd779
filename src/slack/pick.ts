import type { DeploymentEvent } from '../event.ts'
import { type Bucket, bucket, EDITS, type Gate, gate, POSTS } from './budget.ts'
import { hasEnded, hasLines, type JobKind, type Telling } from './telling.ts'

/** Lines of a running deployment gather for so long, so that the thread gets few replies. */
const GATHER_MS = 2_000
const BETWEEN_EDITS_MS = 1_000
/** After these the message has other buttons. What a queue writes again and again must not keep them. */
const CHANGES_BUTTONS: ReadonlySet<DeploymentEvent['kind']> = new Set([
  'approved',
  'cancel-asked',
  'stalled',
  'answered',
])
/** Edits that running deployments leave for those that have ended. */
const KEPT_FOR_ENDS = 3
/** Channels whose budget is remembered; an old one's bucket would be full again anyway. */
const MOST_CHANNELS = 200

export interface Job {
  readonly kind: JobKind
  readonly telling: Telling
  readonly channel: string
  readonly readyAt: number
  /** Lower goes first. */
  readonly rank: number
}

/** When the next call may be made: Slack's limits, and what it asked for. */
export interface Limits {
  readonly edits: Bucket
  readonly postsTo: (channel: string) => Bucket
  readonly gateOf: (kind: JobKind) => Gate
}

export function limits(): Limits {
  const channels = new Map<string, Bucket>()
  const editGate = gate()
  const postGate = gate()
  return {
    edits: bucket(EDITS),
    postsTo(channel) {
      const known = channels.get(channel) ?? bucket(POSTS)
      channels.delete(channel)
      channels.set(channel, known)
      const [oldest] = channels.keys()
      if (channels.size > MOST_CHANNELS && oldest !== undefined) channels.delete(oldest)
      return known
    },
    gateOf: kind => (kind === 'edit' ? editGate : postGate),
  }
}

/** What to send next: the most urgent of what may be sent now; else what may be sent soonest; undefined: nothing. */
export function pick(
  tellings: Iterable<Telling>,
  channelOf: (telling: Telling) => string | undefined,
  limits: Limits,
  now: number,
  isHurried: boolean,
): Job | undefined {
  const jobs = [...tellings].flatMap(telling => {
    const channel = channelOf(telling)
    return channel !== undefined ? jobsOf(telling, channel, limits, now, isHurried) : []
  })
  const ready = jobs.filter(job => job.readyAt <= now)
  if (ready.length > 0) return ready.reduce((best, job) => (isBefore(job, best) ? job : best))
  return jobs.length > 0
    ? jobs.reduce((soonest, job) => (job.readyAt < soonest.readyAt ? job : soonest))
    : undefined
}

/** The ends in the order in which they came; of what runs, first what was not sent for longest. */
function isBefore(a: Job, b: Job): boolean {
  if (a.rank !== b.rank) return a.rank < b.rank
  const [end, other] = [a.telling.deployment.endedAt, b.telling.deployment.endedAt]
  if (end !== undefined && other !== undefined && end !== other) return end < other
  return a.telling.sentAt < b.telling.sentAt
}

function jobsOf(
  telling: Telling,
  channel: string,
  limits: Limits,
  now: number,
  isHurried: boolean,
): readonly Job[] {
  const ended = hasEnded(telling)
  const job = (kind: JobKind, rank: number, earliest: number): Job => {
    const tokens = kind === 'edit' && !ended ? 1 + KEPT_FOR_ENDS : 1
    const bucket = kind === 'edit' ? limits.edits : limits.postsTo(channel)
    const readyAt = Math.max(
      earliest,
      telling.notBefore,
      limits.gateOf(kind).readyAt(now),
      bucket.readyAt(now, tokens),
    )
    return { kind, telling, channel, rank, readyAt }
  }
  const { events, told, shown, sentAt, waitingSince = now } = telling
  const patience = ended || isHurried ? 0 : 1
  if (events.length === 0) return []
  if (told.parent === undefined) return [job('post', ended ? 1 : 2, now)]
  return [
    ...(shown < events.length && !telling.isFrozen
      ? [job('edit', editRank(telling), sentAt + patience * BETWEEN_EDITS_MS)]
      : []),
    ...(hasLines(telling) ? [job('lines', ended ? 1 : 4, waitingSince + patience * GATHER_MS)] : []),
    ...(ended && !hasLines(telling) && !told.final ? [job('final', 1, now)] : []),
  ]
}

function editRank(telling: Telling): number {
  if (hasEnded(telling)) return 0
  return telling.events.slice(telling.shown).some(({ kind }) => CHANGES_BUTTONS.has(kind)) ? 2 : 3
}
