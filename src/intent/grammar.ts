import type { Intent } from './intent.ts'

/**
 * The words people type, as one table. The parser, the help text and the README's command table come from it: to add a
 * command, add a row here, its intent in intent.ts, and what `intentOf` in parse.ts makes of it.
 */
export const GRAMMAR: readonly Form[] = [
  {
    verb: 'deploy',
    isVerbSilent: true,
    slots: [required('service'), optional('ref')],
    clauses: ['to', 'on'],
    options: [['--code', '--container', '--full'], ['--dry-run']],
    does: 'deploys a branch, tag or commit to the hosts of the service, and proves that it is served. `--container` replaces the container and keeps the code, `--full` brings both; `--code` brings code alone where its changes ask for a new container. `--dry-run` only tells what would be done.',
  },
  {
    verb: 'status',
    slots: [optional('service')],
    does: 'asks the hosts which revision they serve and in what state the container is.',
  },
  {
    verb: 'history',
    slots: [optional('service')],
    does: 'lists the latest deployments: who, what, when, and how they ended.',
  },
  {
    verb: 'cancel',
    slots: [required('service')],
    clauses: ['to'],
    does: 'stops the deployment that waits or runs. A step that has begun on a host is finished first.',
  },
  {
    verb: 'rollback',
    slots: [required('service'), optional('revision')],
    clauses: ['to'],
    does: 'brings back the code, and the container, of the last deployment before this one that succeeded, or of a commit that did. No git server is asked.',
  },
  {
    verb: 'lock',
    slots: [required('service')],
    clauses: ['to', 'for'],
    freeText: 'reason',
    does: 'keeps everybody else from deploying the service, until it is unlocked or the time (`30m`, `2h`, `3d`) is over.',
  },
  {
    verb: 'unlock',
    slots: [required('service')],
    clauses: ['to'],
    does: 'lifts the lock, whoever set it.',
  },
  { verb: 'help', slots: [], does: 'shows these commands.' },
]

/** One command: positional words in their order, then clauses and options in any order and place. */
export interface Form {
  readonly verb: Intent['kind']
  /** The verb may be left out, and usually is. */
  readonly isVerbSilent?: true
  readonly slots: readonly Slot[]
  readonly clauses?: readonly Clause[]
  /** Of each group at most one may be said. */
  readonly options?: readonly (readonly Option[])[]
  /** Everything after slots and clauses, as it was typed; required. Clauses then stand before it, each once. */
  readonly freeText?: 'reason'
  /** What it does, for help and README: continues "This command …". */
  readonly does: string
}

export interface Slot {
  readonly name: 'service' | 'ref' | 'revision'
  readonly isRequired: boolean
}

/** A word that is followed by a name (`to`), a list of names (`on`) or a duration (`for`). */
export type Clause = keyof typeof CLAUSES
export type Option = '--code' | '--container' | '--full' | '--dry-run'

export const CLAUSES = {
  to: { takes: 'environment', usage: 'to <environment>' },
  on: { takes: 'host', usage: 'on <host>[,<host>]' },
  for: { takes: 'duration', usage: 'for <duration>' },
} as const

/** Words that no service may be called. Verbs that come later are among them: no service breaks on the day they do. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set([
  ...GRAMMAR.map(form => form.verb),
  ...Object.keys(CLAUSES),
  ...['diff', 'logs'],
])

/** How a form is typed, without the `/deploy` before it: `<service> [<ref>] [to <environment>] …`. */
export function usage(form: Form): string {
  return [
    ...(form.isVerbSilent ? [] : [form.verb]),
    ...form.slots.map(slot => (slot.isRequired ? `<${slot.name}>` : `[<${slot.name}>]`)),
    ...(form.clauses ?? []).map(clause => `[${CLAUSES[clause].usage}]`),
    ...(form.options ?? []).map(group => `[${group.join(' | ')}]`),
    ...(form.freeText ? [`<${form.freeText}>`] : []),
  ].join(' ')
}

function required(name: Slot['name']): Slot {
  return { name, isRequired: true }
}

function optional(name: Slot['name']): Slot {
  return { name, isRequired: false }
}
