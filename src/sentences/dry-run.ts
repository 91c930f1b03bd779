import type { Rehearsed } from '../event.ts'
import type { Order, SwapOrder } from '../order.ts'
import { repositoryOf } from '../plan/image.ts'
import type { Move } from '../plan/moves.ts'
import type { DryRun, HostRehearsal } from '../plan/rehearsal.ts'
import { type Replica, verbOf } from '../plan/replica.ts'
import { shortRevision } from '../revision.ts'
import type { Step } from '../step.ts'
import { targetText } from '../target.ts'
import { becauseText } from './because.ts'
import { secondsText } from './duration.ts'
import { oneLine, revisionOr, together } from './outside.ts'
import { ownerText } from './phrases.ts'
import { ownRolloutText } from './rollout.ts'

/** What a deployment would do, host by host; nothing was changed. Lines end in \n. */
export function dryRunText({ order, hosts }: DryRun): string {
  const rollout = ownRolloutText(order)
  const isPossible = hosts.every(host => host.kind === 'planned')
  return [
    `A deploy of ${targetText(order.target)} would bring ${shortRevision(order.revision)}:`,
    ...(rollout === undefined ? [] : [`${rollout}.`]),
    ...hosts.flatMap(host => hostLines(host, order)),
    isPossible
      ? 'Nothing was changed.'
      : order.onFailure === 'continue'
        ? 'Nothing was changed. As it is now, a deploy would leave out the hosts that are not ready.'
        : 'Nothing was changed. As it is now, a deploy would stop before any host switches.',
  ].join('\n')
}

function hostLines(rehearsal: HostRehearsal, order: Order): readonly string[] {
  const { host } = rehearsal
  if (rehearsal.kind === 'impossible') {
    return [
      becauseText(rehearsal.because, { host, step: rehearsal.step, target: order.target, isAsked: true }),
    ]
  }
  const { head, hasRevision, preparation, activation } = rehearsal
  const had = head === undefined ? 'no commit yet' : `has ${revisionOr(head)}`
  const unseen = hasRevision
    ? []
    : ['keep aside what the reset would lose, if the commit shows that there is anything']
  const texts = [
    ...preparation.map(step => stepText(step, order)),
    ...unseen,
    ...activation.flatMap(move => moveTexts(move, order, host)),
  ]
  return [`${host} (${had}):`, ...texts.map((text, index) => `  ${index + 1}. ${text}`)]
}

function moveTexts(move: Move, order: Order, host: string): readonly string[] {
  switch (move.kind) {
    case 'step':
    case 'swap': {
      const undo = (move.undo?.steps ?? []).map(step => stepText(step, order)).join(', then ')
      return [`${stepText(move.step, order)}${undo && `; if that or something later fails, ${undo}`}`]
    }
    case 'tidy':
      return [stepText(move.step, order)]
    case 'count':
      return []
    case 'check-mount':
      return [`${stepText(move.step, order)}; restart it if it does not`]
    case 'preflight':
      return [
        `${stepText(move.step, order)}${move.putBack ? `; if it fails, ${stepText(move.putBack, order)}` : ''}`,
      ]
    case 'prove': {
      const reloads = new Set(move.provings.flatMap(({ reloadsByReset }) => reloadsByReset ?? []))
      return [
        ...[...reloads].map(file => `let the reload pass that the reset of ${oneLine(file)} sets off`),
        ...(move.touch ? [stepText(move.touch, order)] : []),
        ...move.provings.map(({ replica }) => proofText(order, host, replica)),
      ]
    }
  }
}

/** Ports stay blank: which one Docker publishes may change with a start. */
function proofText(
  { verify, revision, hosts }: Order,
  host: string,
  { name, number, group }: Replica,
): string {
  const what = group.replicas === undefined ? '' : ` ${name}`
  if (!verify) return `watch${what} for a reload, or for 5 s without a restart; no verify is configured`
  const where = verify.in === 'body' ? 'the body' : verify.in.header
  const address = hosts.find(({ name }) => name === host)?.address ?? host
  const url = verify.url
    .replaceAll('{host}', host)
    .replaceAll('{address}', address)
    .replaceAll('{replica}', String(number))
  return `ask${what && ` ${name} at`} ${url} until ${where} says ${shortRevision(revision)}, for ${secondsText(verify.timeoutMs)} at most`
}

/** One host's part of an order that waits for its approval. */
export function rehearsedLines({ host, steps, because }: Rehearsed, order: Order): readonly string[] {
  if (because) return [becauseText(because, { host, step: 'look', target: order.target, isAsked: true })]
  return [`${host}: ${steps.map(step => stepText(step, order)).join(' → ')}`]
}

/** What one step does, in one line. Words of a step that may be secret are never read. */
export function stepText(
  step: Pick<Step, 'name'> & { readonly call: readonly unknown[] },
  order: Order,
): string {
  const revision = shortRevision(order.revision)
  const as = order.runAs === undefined ? '' : `, as ${order.runAs}`
  const first = word(step, 1)
  switch (verbOf(step.name)) {
    case 'look':
      return 'look at the checkout, the container and the tools (changes nothing)'
    case 'clone':
      return `clone ${oneLine(order.repo)} into ${order.path}${makesPath(step) ? ` (made as root${ownerText(order.owner)})` : ''} at ${revision}${as}`
    case 'fetch':
      return `fetch ${revision}${order.branch === undefined ? '' : ` (${oneLine(order.branch, 60)})`} from ${oneLine(order.repo)}${as}`
    case 'hold':
      return "wait for this host's turn"
    case 'release':
      return 'let other work on this host go on'
    case 'recall':
      return 'ask how the last step ended'
    case 'keep':
      return 'keep local edits, local commits and files that are in the way aside'
    case 'reset':
      return `reset ${order.path} to ${revision} and write REVISION${as}`
    case 'put-back':
      return `reset ${order.path} back to ${revisionOr(word(step, 3))}${as}`
    case 'start':
      return `start the container ${first}`
    case 'unpause':
      return `unpause the container ${first}`
    case 'restart':
      return `restart the container ${first}`
    case 'run':
      return `make the container ${first} from ${word(step, 4)}`
    case 'pull':
      return `pull ${order.kind === 'code' ? first : imageText(order)}`
    case 'create':
      return `make the container ${first}-next, and see that its ports are free, while ${first} runs`
    case 'swap':
      return `stop ${first} and start ${first}-next under its name, then wait until it is well`
    case 'swap-back':
      return `take the new ${first} away and start the old one again`
    case 'take-away':
      return `take the new ${first} away again`
    case 'prune':
      return `remove containers of this target that are older than ${together(names(step, 4).map(name => `${name}-previous`))}`
    case 'before_replace':
      return `before ${word(step, 2)} is replaced, run on the host: ${names(step, 3).map(argumentText).join(' ')}`
    case 'after_replace':
      return `after ${word(step, 2)} has been replaced, run on the host: ${names(step, 3).map(argumentText).join(' ')}`
    case 'mount':
      return `check that the container ${first} sees ${order.path}`
    case 'preflight':
      return `run in the container ${first}: ${order.preflight?.map(argumentText).join(' ') ?? ''}`
    case 'touch':
      return `touch ${word(step, 3)}${as}`
    case 'reloads':
      return `count the reloads in the container ${first}`
    case 'inspect':
      return `look at the container ${first}`
    case 'logs':
      return `read the last lines of the container ${first}`
    case 'digest':
      return 'note the digest of the image'
    default:
      return step.name
  }
}

function makesPath(step: { readonly call: readonly unknown[] }): boolean {
  return step.call.at(-1) === 'as-root'
}

function imageText({ image, mirrors }: SwapOrder): string {
  const places = mirrors.map(mirror => oneLine(repositoryOf(mirror)))
  return `${oneLine(image, 200)}${places.length === 0 ? '' : `, first from ${places.join(', then ')}`}`
}

function names(step: { readonly call: readonly unknown[] }, from: number): readonly string[] {
  return step.call.slice(from).map(String)
}

/** The script's name is word 0. A Secret shows as [REDACTED]. */
function word(step: { readonly call: readonly unknown[] }, index: number): string {
  return oneLine(String(step.call[index] ?? ''))
}

/** A word with a space in it must be seen to be one word. */
function argumentText(argument: string): string {
  const line = oneLine(argument, 80)
  return /^[\w./=:@-]+$/.test(line) ? line : JSON.stringify(line)
}
