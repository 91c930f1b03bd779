import type { RigHost } from './rig/host.ts'

/** One line of a host's STATE/journal: `time deployment target step start|end exit`; a turn starts with its fence there. */
interface Entry {
  readonly host: string
  /** UTC with nine digits after the second: compares as text. */
  readonly at: string
  readonly deployment: string
  readonly target: string
  readonly step: string
  readonly edge: 'start' | 'end'
  readonly fence: number | undefined
}

/** From a step's start to its end; an end that never came is later than everything. */
export interface Span {
  readonly host: string
  readonly deployment: string
  readonly target: string
  readonly step: string
  readonly from: string
  readonly to: string
  /** Of a turn. */
  readonly fence: number | undefined
}

const NEVER = '9999'

/** Steps that change what runs: each needs its host's turn. Looking, fetching and reading the digest do not. */
const ACTIVATING: ReadonlySet<string> = new Set([
  ...['keep', 'reset', 'put-back', 'preflight', 'touch'],
  ...['start', 'unpause', 'restart', 'run'],
  ...['create', 'swap', 'swap-back', 'take-away', 'prune'],
])

/** What each host has written since this was called: other tests leave half steps behind on purpose. */
export function journalsFromNow(hosts: readonly RigHost[]): () => ReadonlyMap<string, readonly string[]> {
  const before = new Map(hosts.map(host => [host.name, host.journal().length]))
  return () => new Map(hosts.map(host => [host.name, host.journal().slice(before.get(host.name) ?? 0)]))
}

/**
 * Sentences about what G1 forbids, found in the journals of all hosts; none: all is well. On a host one turn follows
 * another, whatever changes what runs is inside the turn of its deployment, and of one target one deployment acts at a time,
 * over all hosts, and no turn comes with a lower fence than one before. A line that nobody can read, a step without an end or
 * an end without a start is a breach, too.
 */
export function breaches(journals: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const read = [...journals].map(([host, lines]) => readHost(host, lines))
  const spans = read.flatMap(({ spans }) => spans)
  return [
    ...read.flatMap(({ unreadable }) => unreadable),
    ...spans.filter(({ to }) => to === NEVER).map(span => `${nameOf(span)} never ended`),
    ...read.flatMap(({ spans }) => [...turnBreaches(spans), ...fenceBreaches(spans)]),
    ...targetBreaches(spans),
  ]
}

/** How many turns the journals tell of: a checker that saw none has shown nothing. */
export function turnsIn(journals: ReadonlyMap<string, readonly string[]>): number {
  return spansIn(journals).filter(isTurn).length
}

/** Every step that the journals tell of, in the order of its host's journal. */
export function spansIn(journals: ReadonlyMap<string, readonly string[]>): readonly Span[] {
  return [...journals].flatMap(([host, lines]) => readHost(host, lines).spans)
}

/** Sentences about what was changed for an order before somebody said yes to it. `approvedAt`: UTC as in the journal; undefined: never. */
export function unapproved(
  journals: ReadonlyMap<string, readonly string[]>,
  approvedAt: ReadonlyMap<string, string | undefined>,
): readonly string[] {
  return [...journals]
    .flatMap(([host, lines]) => readHost(host, lines).spans)
    .filter(({ step, deployment }) => ACTIVATING.has(step) && approvedAt.has(deployment))
    .filter(({ deployment, from }) => from < (approvedAt.get(deployment) ?? NEVER))
    .map(span => `${nameOf(span)} came before its approval`)
}

function turnBreaches(spans: readonly Span[]): readonly string[] {
  const turns = spans.filter(isTurn)
  const outside = spans.filter(
    span =>
      ACTIVATING.has(span.step) &&
      !turns.some(
        turn => turn.deployment === span.deployment && turn.from <= span.from && span.to <= turn.to,
      ),
  )
  return [
    ...overlaps(turns).map(([one, other]) => `${nameOf(one)} overlaps ${nameOf(other)}`),
    ...outside.map(span => `${nameOf(span)} is outside the host's turn`),
  ]
}

/** Each turn against the highest fence before it, on its host and of its target. */
function fenceBreaches(spans: readonly Span[]): readonly string[] {
  const highest = new Map<string, number>()
  return spans
    .filter(isTurn)
    .toSorted((a, b) => (a.from < b.from ? -1 : 1))
    .flatMap(turn => {
      const { target, fence } = turn
      if (fence === undefined) return []
      const seen = highest.get(target) ?? fence
      highest.set(target, Math.max(seen, fence))
      return fence < seen ? [`${nameOf(turn)} has the fence ${fence}, and ${seen} came before`] : []
    })
}

function targetBreaches(spans: readonly Span[]): readonly string[] {
  // A turn that nobody uses any more acts on nothing: a host lets go of a dead bot's 20 s later.
  const whole = wholeDeployments(spans.filter(span => !isTurn(span)))
  const targets = new Set(whole.map(span => span.target))
  return [...targets].flatMap(target =>
    overlaps(whole.filter(span => span.target === target)).map(
      ([one, other]) => `${target}: ${one.deployment} and ${other.deployment} ran at the same time`,
    ),
  )
}

/** From each deployment's first step anywhere to its last. */
function wholeDeployments(spans: readonly Span[]): readonly Span[] {
  const whole = new Map<string, Span>()
  for (const span of spans) {
    const key = `${span.deployment} ${span.target}`
    const known = whole.get(key) ?? span
    const from = span.from < known.from ? span.from : known.from
    const to = span.to > known.to ? span.to : known.to
    whole.set(key, { ...known, from, to })
  }
  return [...whole.values()]
}

/** Each span against the one that lasted longest before it. */
function overlaps(spans: readonly Span[]): readonly (readonly [Span, Span])[] {
  const found: (readonly [Span, Span])[] = []
  let last: Span | undefined
  for (const span of spans.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    if (last && span.from < last.to) found.push([last, span])
    if (!last || span.to > last.to) last = span
  }
  return found
}

function readHost(host: string, lines: readonly string[]) {
  const unreadable: string[] = []
  const spans: Span[] = []
  const open = new Map<string, Entry>()
  for (const line of lines) {
    const entry = entryFrom(host, line)
    if (!entry) {
      unreadable.push(`${host}: nobody can read the line ${JSON.stringify(line)}`)
      continue
    }
    const key = `${entry.deployment} ${entry.target} ${entry.step}`
    const start = open.get(key)
    if (entry.edge === 'start') {
      if (start) spans.push(spanOf(start, NEVER))
      open.set(key, entry)
    } else if (start) {
      spans.push(spanOf(start, entry.at))
      open.delete(key)
    } else {
      unreadable.push(`${host}: ${entry.step} of ${entry.deployment} ended without a start`)
    }
  }
  for (const start of open.values()) spans.push(spanOf(start, NEVER))
  return { unreadable, spans }
}

function entryFrom(host: string, line: string): Entry | undefined {
  const [, at, deployment, target, step, edge, last] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) (\S+) (\S+) (\S+) (start|end) (-|\d+)$/.exec(line) ?? []
  if (!at || !deployment || !target || !step) return undefined
  const fence = edge === 'start' && last !== '-' ? Number(last) : undefined
  return { host, at, deployment, target, step, edge: edge === 'start' ? 'start' : 'end', fence }
}

function spanOf({ host, deployment, target, step, at, fence }: Entry, to: string): Span {
  return { host, deployment, target, step, from: at, to, fence }
}

export function isActivating({ step }: Pick<Span, 'step'>): boolean {
  return ACTIVATING.has(step)
}

export function isTurn({ step }: Pick<Span, 'step'>): boolean {
  return step === 'host-lock'
}

function nameOf({ host, deployment, step, from }: Span): string {
  return `${host}: ${step} of ${deployment} (${from.slice(11, 23)})`
}
