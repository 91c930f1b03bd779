import type { Because } from '../because.ts'
import type { Note } from '../event.ts'
import type { Host, Order } from '../order.ts'
import type { Maker } from '../plan/container.ts'
import { saidIn } from '../plan/facts.ts'
import type { Clock } from '../ports/clock.ts'
import type { HostSession } from '../ports/hosts.ts'
import type { Step, StepOutcome } from '../step.ts'
import { shownOutcome, shownOutput } from './shown-output.ts'

/** What one host's part of a deployment works with. */
export interface HostWork {
  readonly order: Order
  readonly host: Host
  readonly session: HostSession
  readonly maker: Maker
  readonly digest: string | undefined
  readonly clock: Clock
  readonly secretOf: (name: string) => string | undefined
  /** Values that must never be shown. */
  readonly secrets: readonly string[]
  /** Rejects at once when the process's time is over. */
  readonly pause: (ms: number) => Promise<void>
  told(step: string, outcome: StepOutcome): void
  note(note: Note): void
}

/** A part of the work that did not end as ordered. `sequence`: the step's number on its host when its end is not known. */
export interface Stopped {
  readonly kind: 'stopped'
  readonly step: string
  readonly because: Because
  readonly sequence: string | undefined
}

export function stopped(step: string, because: Because, sequence?: string): Stopped {
  return { kind: 'stopped', step, because, sequence }
}

/** Runs a step, tells it and what it says for the thread. Unknown is never success: only `ok` comes back as output. */
export async function take(work: HostWork, step: Step): Promise<{ kind: 'ok'; output: string } | Stopped> {
  const outcome = await work.session.run(step)
  work.told(step.name, shownOutcome(outcome, work.secrets))
  // A step that failed may have done something worth knowing first.
  for (const note of notesIn(step, outcome.output, work)) work.note(note)
  return taken(outcome, step, work.secrets)
}

/** The same without telling: for what is asked many times while waiting. */
export async function takeQuietly(
  work: HostWork,
  step: Step,
): Promise<{ kind: 'ok'; output: string } | Stopped> {
  return taken(await work.session.run(step), step, work.secrets)
}

/** What a step's outcome means. */
export function taken(
  outcome: StepOutcome,
  step: Step,
  secrets: readonly string[],
): { kind: 'ok'; output: string } | Stopped {
  switch (outcome.status) {
    case 'ok':
      return { kind: 'ok', output: outcome.output }
    case 'failed':
      return stopped(
        step.name,
        failedBecause(step, outcome.exit, shownOutput(lastWords(step, outcome.output), secrets)),
      )
    case 'unknown': {
      const because: Because =
        outcome.why === 'timed-out'
          ? { kind: 'timed-out', afterMs: step.limitMs }
          : outcome.why === 'no-marker'
            ? { kind: 'no-marker' }
            : { kind: outcome.why, ended: 'not-known' }
      return stopped(step.name, because, outcome.sequence)
    }
  }
}

/** Of a pull those of the last place: why a mirror before it did not give the image is no reason to stop. */
function lastWords(step: Step, output: string): string {
  return step.name === 'pull' ? (output.split(/^::td pull-failed .*\n/m).at(-2) ?? output) : output
}

const UNKNOWN: ReadonlySet<Because['kind']> = new Set(['link-lost', 'bot-paused', 'timed-out', 'no-marker'])

/** Nothing more can be asked of the session; what it did is found out over another one. */
export function isUnknown(because: Because): boolean {
  return UNKNOWN.has(because.kind)
}

/** 124 is `timeout`'s word for "its time was over". */
function failedBecause(step: Step, exit: { code: number } | { signal: string }, output: string): Because {
  if ('code' in exit && exit.code === 124) return { kind: 'time-over', output }
  if ('signal' in exit) return { kind: 'signal', signal: exit.signal, output }
  if (step.name === 'hold') {
    if (exit.code === 75) return { kind: 'host-locked', holder: output.trim() }
    if (exit.code === 96) return { kind: 'other-installation', found: output.trim() }
    if (exit.code === 97) return { kind: 'stale-fence', found: output.trim() }
  }
  return { kind: 'exit', code: exit.code, output }
}

/** Which places did not give an image; undefined: the first one did. */
export function pullNote(output: string): Note | undefined {
  const said = saidIn(output)
  const failed = said.filter(([key]) => key === 'pull-failed').map(([, from]) => from)
  const [, from] = said.find(([key]) => key === 'pulled') ?? []
  return failed.length === 0 ? undefined : { kind: 'pulled-elsewhere', from, failed }
}

/** What each script says for the thread. Anything else in an output may be an app's own words, a preflight's or a log's. */
const TELLS: Readonly<Record<string, readonly string[]>> = {
  fetch: ['origin-corrected'],
  keep: ['edits-kept', 'commits-kept', 'file-kept', 'index-lock-removed'],
  reset: ['index-lock-removed', 'revision-file-tracked'],
  pull: ['pulled', 'kept'],
  create: ['put-back'],
  swap: ['put-back', 'swapped'],
  swap_back: ['put-back'],
}

function notesIn({ call }: Step, output: string, { order, maker }: HostWork): readonly Note[] {
  const tells = TELLS[call[0]] ?? []
  const said = saidIn(output).filter(([key]) => tells.includes(key))
  const notes = said.flatMap(([key, value]): Note | Note[] => {
    switch (key) {
      case 'origin-corrected':
        return [{ kind: 'origin-corrected', from: value, to: order.repo }]
      case 'edits-kept':
        return [{ kind: 'edits-kept', ref: value }]
      case 'commits-kept': {
        const [ref = '', head = ''] = value.split(' ')
        return [{ kind: 'commits-kept', ref, head }]
      }
      case 'index-lock-removed':
      case 'revision-file-tracked':
        return [{ kind: key }]
      case 'put-back': {
        const [container = '', state] = value.split(' ')
        const old = state === 'none' ? 'none' : state === 'running' ? 'running' : 'stopped'
        return [{ kind: 'container-put-back', container, old }]
      }
      case 'swapped':
        return [{ kind: 'swapped', container: String(call[1]), gapMs: Number(value) }]
      case 'pulled':
      case 'kept':
        return pullNote(output) ?? []
      default:
        return []
    }
  })
  const files = said.filter(([key]) => key === 'file-kept').map(([, value]) => value)
  return files.length === 0
    ? notes
    : [...notes, { kind: 'files-kept', directory: `~/.touchdown/discarded/${maker.deployment}`, files }]
}
