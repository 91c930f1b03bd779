import type { Because } from '../because.ts'
import type { Host, Owner } from '../order.ts'
import type { TargetId } from '../target.ts'
import { saidIn } from './facts.ts'
import type { Beyond } from './fences.ts'

/** What `touchdown check` found on one host. */
export type HostCheck =
  | { readonly host: Host; readonly status: 'closed'; readonly because: Because }
  | {
      readonly host: Host
      readonly status: 'open'
      readonly machine: Machine | Unanswered
      /** Undefined without records, too. */
      readonly beyond: Beyond | undefined
      /** One for each target that names the host, in the order of touchdown.yml. */
      readonly places: readonly PlaceCheck[]
    }

/** The step had no answer: a lost link, or a shell that ended. */
export interface Unanswered {
  readonly unanswered: string
}

/** What every deploy to the host needs. */
export interface Machine {
  readonly missingTools: readonly string[]
  /** `2.47.3` */
  readonly git: string | undefined
  /** The engine's version as this user sees it, or why not. */
  readonly docker: { readonly version: string } | { readonly error: string }
  /** Of the session's own files, ~/.touchdown. */
  readonly disk: Disk | undefined
}

export interface Disk {
  readonly freeKiB: number
  readonly usedPercent: number
  readonly mountedAt: string
}

export interface PlaceCheck {
  readonly target: TargetId
  readonly path: string
  readonly repo: string
  readonly runAs: string | undefined
  readonly owner: Owner | undefined
  readonly found: Place | Unanswered
  /** Undefined: not asked, because something before it is missing. */
  readonly repository: 'answers' | NoRepository | undefined
}

export interface Place {
  /** Programs that sudo does not let the SSH user start as run_as, and sudo's words; the rest was not looked at then. */
  readonly denied: { readonly programs: readonly string[]; readonly says: string } | undefined
  readonly checkout: 'repo' | 'empty' | 'other' | 'none'
  /** The path, or the nearest of its parents that exists. */
  readonly exists: string
  /** What hides from the user whom git runs as whether the path is there: a folder that this user may not enter. */
  readonly unseen: string | undefined
  /** Folders that the user whom git runs as may not write. */
  readonly closed: readonly string[]
  /** The line of sudoers without which the path, which is absent, cannot be made for its owner. */
  readonly makeRule: string | undefined
  /** A group that the path is to belong to and that the host does not have. */
  readonly unknownGroup: string | undefined
  readonly gitError: string | undefined
  readonly disk: Disk | undefined
}

export interface NoRepository {
  /** Undefined: the step itself had no answer. */
  readonly code: number | undefined
  readonly output: string
  /** Private keys of the usual names in the home of the user whom git runs as, relative to it. */
  readonly keys: readonly string[]
}

const NOT_UNDERSTOOD: Unanswered = { unanswered: 'the answer made no sense' }

/** Reads what `do_check` in check.sh prints. */
export function readMachine(output: string): Machine | Unanswered {
  const one = firstOf(output)
  if (!one('git') && !one('missing')) return NOT_UNDERSTOOD
  const version = one('docker')
  return {
    missingTools: wordsOf(one('missing')),
    git: one('git')?.replace(/^git version /, ''),
    docker: version ? { version } : { error: one('docker-error') ?? '' },
    disk: readDisk(one('disk')),
  }
}

/** Reads what `do_place` in check.sh prints. */
export function readPlace(output: string): Place | Unanswered {
  const one = firstOf(output)
  const checkout = one('checkout')
  const denied = wordsOf(one('sudo-denied'))
  if (!checkout && denied.length === 0) return NOT_UNDERSTOOD
  return {
    denied: denied.length > 0 ? { programs: denied, says: one('sudo-says') ?? '' } : undefined,
    checkout: checkout === 'repo' || checkout === 'empty' || checkout === 'other' ? checkout : 'none',
    exists: one('exists') ?? '',
    closed: saidIn(output).flatMap(([key, value]) => (key === 'closed' ? [value] : [])),
    unseen: one('unseen'),
    makeRule: one('make-rule'),
    unknownGroup: one('unknown-group'),
    gitError: one('git-error'),
    disk: readDisk(one('disk')),
  }
}

/** Reads what a failed `do_reach` in check.sh prints. */
export function readNoRepository(code: number | undefined, output: string): NoRepository {
  const words = output.split('\n').filter(line => !line.startsWith('::td '))
  return { code, output: words.join('\n'), keys: wordsOf(firstOf(output)('keys')) }
}

function firstOf(output: string): (key: string) => string | undefined {
  const said = saidIn(output)
  return key => said.find(([name]) => name === key)?.[1] || undefined
}

function wordsOf(text: string | undefined): readonly string[] {
  return text?.split(' ').filter(Boolean) ?? []
}

function readDisk(text: string | undefined): Disk | undefined {
  const [, free, used, mountedAt] = /^([0-9]+) ([0-9]+)% (\S.*)$/.exec(text ?? '') ?? []
  if (free === undefined || mountedAt === undefined) return undefined
  return { freeKiB: Number(free), usedPercent: Number(used), mountedAt }
}
