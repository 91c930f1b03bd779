import { between, type Random, randomOf, shuffled } from './random.ts'

/** What people type and what goes wrong meanwhile: all of it known before anything begins. Times count from the start. */
export interface ChaosPlan {
  readonly seed: number
  readonly commands: readonly PlannedCommand[]
  readonly faults: readonly PlannedFault[]
  /** By then every command was typed, and every fault is over. */
  readonly lengthMs: number
}

export interface PlannedCommand {
  readonly atMs: number
  /** `full`: with new containers, which somebody else has to approve. */
  readonly kind: 'deploy' | 'full' | 'status' | 'cancel'
  /** Which of the stage's services. */
  readonly service: number
  /** Slack delivers it twice. */
  readonly isTwice: boolean
  readonly presses: PlannedPresses
}

/** What people press on the message of a command's deployment, when it has such a button. */
export interface PlannedPresses {
  readonly decision: 'approve' | 'reject'
  /** Whoever asked for it tries to approve it, too. */
  readonly isOwnTried: boolean
  /** Cancel, while it waits for its turn or runs. */
  readonly isCancelled: boolean
  /** Of swaps that were interrupted. */
  readonly answer: 'resume' | 'leave'
  /** From the moment when the button is there. */
  readonly afterMs: number
  /** Slack delivers each of them twice. */
  readonly isTwice: boolean
}

export interface PlannedFault {
  readonly atMs: number
  /** Then it is over. */
  readonly forMs: number
  readonly fault: Fault
}

export type Fault =
  /** `kill -9`, SIGTERM (each started again at the end), SIGSTOP. */
  | { readonly kind: 'kill' | 'terminate' | 'stop'; readonly replica: number }
  /** The database's cable of one replica: cut, or no byte comes through. */
  | { readonly kind: 'cut-database' | 'hush-database'; readonly replica: number }
  /** `kill -9` of PostgreSQL, started again at the end. */
  | { readonly kind: 'kill-database' }
  /** All SSH sessions of a host end at once, or hang. */
  | { readonly kind: 'cut-links' | 'freeze-links'; readonly host: number }
  /** Slack answers 429, 503 or not at all to one method. */
  | { readonly kind: 'limit' | 'fail' | 'hang'; readonly method: SlackMethod }
  /** The sockets are cut, and none is opened until the end. */
  | { readonly kind: 'drop-sockets' }

export type SlackMethod = 'chat.postMessage' | 'chat.update' | 'users.info'

export interface ChaosSize {
  readonly commands: number
  readonly replicas: number
  readonly hosts: number
  readonly services: number
}

const MS_PER_COMMAND = 1_500
const SHORTEST_MS = 30_000
const SLACK_METHODS: readonly SlackMethod[] = ['chat.postMessage', 'chat.update', 'users.info']

/** The same seed and size give the same plan. */
export function chaosPlan(seed: number, size: ChaosSize): ChaosPlan {
  const random = randomOf(seed)
  const lengthMs = Math.max(SHORTEST_MS, size.commands * MS_PER_COMMAND)
  const tracks = tracksOf(random, size)
  return {
    seed,
    lengthMs,
    commands: commandsOf(random, size, lengthMs),
    faults: tracks.flatMap(track => faultsOf(random, track, lengthMs)).toSorted((a, b) => a.atMs - b.atMs),
  }
}

function commandsOf(random: Random, size: ChaosSize, lengthMs: number): readonly PlannedCommand[] {
  return Array.from({ length: size.commands }, (): PlannedCommand => {
    const luck = random()
    return {
      atMs: between(random, 0, lengthMs),
      kind: luck < 0.6 ? 'deploy' : luck < 0.72 ? 'full' : luck < 0.84 ? 'cancel' : 'status',
      service: between(random, 0, size.services - 1),
      isTwice: random() < 0.2,
      presses: pressesOf(random),
    }
  }).toSorted((a, b) => a.atMs - b.atMs)
}

function pressesOf(random: Random): PlannedPresses {
  return {
    decision: random() < 0.85 ? 'approve' : 'reject',
    isOwnTried: random() < 0.3,
    isCancelled: random() < 0.15,
    answer: random() < 0.6 ? 'resume' : 'leave',
    afterMs: between(random, 0, 2_000),
    isTwice: random() < 0.3,
  }
}

/** Faults that come one after another; those of different tracks come together as they like. */
interface Track {
  readonly pauseMs: readonly [number, number]
  readonly kinds: readonly Kind[]
}

interface Kind {
  readonly forMs: readonly [number, number]
  readonly fault: (random: Random) => Fault
}

/** Longer than a lease of 15 s: somebody else takes over. */
const TAKEN_OVER_MS = [17_000, 20_000] as const
const SHORT_MS = [1_000, 4_000] as const

function tracksOf(random: Random, { replicas, hosts }: ChaosSize): readonly Track[] {
  const replica = (random: Random) => between(random, 0, replicas - 1)
  const host = (random: Random) => between(random, 0, hosts - 1)
  const method = (random: Random) =>
    SLACK_METHODS[between(random, 0, SLACK_METHODS.length - 1)] ?? 'users.info'
  const tracks: readonly Track[] = [
    {
      pauseMs: [1_000, 4_000],
      kinds: [
        { forMs: SHORT_MS, fault: random => ({ kind: 'kill', replica: replica(random) }) },
        { forMs: SHORT_MS, fault: random => ({ kind: 'terminate', replica: replica(random) }) },
        { forMs: TAKEN_OVER_MS, fault: random => ({ kind: 'stop', replica: replica(random) }) },
      ],
    },
    {
      pauseMs: [3_000, 8_000],
      kinds: [
        { forMs: SHORT_MS, fault: random => ({ kind: 'cut-database', replica: replica(random) }) },
        { forMs: TAKEN_OVER_MS, fault: random => ({ kind: 'hush-database', replica: replica(random) }) },
        { forMs: SHORT_MS, fault: () => ({ kind: 'kill-database' }) },
      ],
    },
    {
      pauseMs: [2_000, 8_000],
      kinds: [
        { forMs: [0, 0], fault: random => ({ kind: 'cut-links', host: host(random) }) },
        { forMs: SHORT_MS, fault: random => ({ kind: 'freeze-links', host: host(random) }) },
      ],
    },
    {
      pauseMs: [1_000, 5_000],
      kinds: [
        { forMs: SHORT_MS, fault: random => ({ kind: 'limit', method: method(random) }) },
        { forMs: SHORT_MS, fault: random => ({ kind: 'fail', method: method(random) }) },
        { forMs: SHORT_MS, fault: random => ({ kind: 'hang', method: method(random) }) },
        { forMs: SHORT_MS, fault: () => ({ kind: 'drop-sockets' }) },
      ],
    },
  ]
  return tracks.map(track => ({ ...track, kinds: shuffled(random, track.kinds) }))
}

/** Each kind comes once before any comes again. */
function faultsOf(random: Random, { pauseMs, kinds }: Track, lengthMs: number): readonly PlannedFault[] {
  const faults: PlannedFault[] = []
  let now = between(random, ...pauseMs)
  for (let turn = 0; ; turn++) {
    const kind = kinds[turn % kinds.length]
    if (!kind) return faults
    const forMs = between(random, ...kind.forMs)
    if (now + forMs > lengthMs) return faults
    faults.push({ atMs: now, forMs, fault: kind.fault(random) })
    now += forMs + between(random, ...pauseMs)
  }
}
