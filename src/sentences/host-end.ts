import type { Found } from '../event.ts'
import type { ContainerSighting, HostResult, Proof, Sighting } from '../host-result.ts'
import { revisionFrom, shortRevision } from '../revision.ts'
import { beforeText, causeText } from './back.ts'
import { becauseText } from './because.ts'
import { drainedOn, drainedText } from './drained.ts'
import { secondsText } from './duration.ts'
import { oneLine, revisionOr } from './outside.ts'
import { shortReason } from './short-reason.ts'
import type { View } from './view.ts'

/** How one host ended, as its lines in the thread. */
export function hostEndedLines(
  view: View,
  host: string,
  result: HostResult,
  durationMs: number,
): readonly string[] {
  switch (result.status) {
    case 'succeeded':
      return [
        `${host}: ${takenText(shortRevision(view.deployment.order.revision), result.proof)} ${wasText(view, result.previous)}, ${secondsText(durationMs)}`,
      ]
    case 'put-back':
      return [`${putBackText(view, host, result)}, ${secondsText(durationMs)}`]
    case 'failed':
    case 'unknown':
    case 'untouched':
      return troubleLines(view, host, result)
  }
}

/** A host's lines at the end of a deployment that did not go well: why, what is on it now, what to do. */
export function hostLines(view: View, host: string, result: HostResult | undefined): readonly string[] {
  const revision = shortRevision(view.deployment.order.revision)
  if (!result) {
    const found = view.found.find(entry => entry.host === host)
    if (!found) return [`${host}: how it ended there is not recorded.`]
    return [`${foundText(found)}.`, ...drainedLines(view, host, found)]
  }
  if (result.status === 'put-back') return [`${putBackText(view, host, result)}.`]
  if (result.status !== 'succeeded') return troubleLines(view, host, result)
  switch (result.proof) {
    case 'served':
      return [`${host}: serves ${revision}.`]
    case 'reloaded':
      return [`${host}: reloaded with ${revision}.`]
    case 'running':
      return [`${host}: has ${revision} and runs; no reload could be seen.`]
  }
}

function putBackText(
  { deployment: { order } }: View,
  host: string,
  { revision, proof, cause }: HostResult & { status: 'put-back' },
): string {
  const to = order.kind === 'container' ? ` to ${beforeText(order, revision)}` : ''
  return `${host}: put back${to} ${causeText(cause)}: ${takenText(shortRevision(revision), proof)}`
}

function troubleLines(
  view: View,
  host: string,
  result: HostResult & { status: 'failed' | 'unknown' | 'untouched' },
): readonly string[] {
  if (result.status === 'untouched') {
    // An earlier attempt, ended by a crash, may have begun there.
    const rest = view.deployment.resumes === 0 ? '; what runs there is as before' : ''
    return [`${host}: its turn did not come${rest}.`]
  }
  const { target } = view.deployment.order
  const { stayed, because, step } = result
  return [
    ...(stayed ? [`${host}: it was to be put back ${causeText(stayed.cause)}, and could not be.`] : []),
    becauseText(because, { host, step, target }),
    `${host} now: ${nowText(view, result)}.`,
    ...drainedLines(view, host, result.now ?? {}),
  ]
}

/** What was let in since it was seen needs nothing. */
function drainedLines(
  view: View,
  host: string,
  seen: Pick<Sighting, 'drained' | 'replicas'>,
): readonly string[] {
  const { deployment, hosts } = view
  const notes = hosts.get(host)?.notes ?? []
  const inNow = new Set(notes.flatMap(note => (note.kind === 'let-in' ? [note.container] : [])))
  if (!seen.replicas && inNow.size > 0) return []
  return drainedOn(seen)
    .filter(({ name }) => !inNow.has(name))
    .map(each => `${host}: ${drainedText(each, deployment.order.target)}.`)
}

function nowText(view: View, result: HostResult & { status: 'failed' | 'unknown' }): string {
  if (result.status === 'failed' && result.restored) {
    const { revision, proof } = result.restored
    return `put back: ${takenText(shortRevision(revision), proof)}`
  }
  if (result.now) return sightingText(result.now)
  if (result.stayed?.proof !== undefined) {
    const taken = takenText(shortRevision(view.deployment.order.revision), result.stayed.proof)
    return `it could not be asked; what was found before that is ${taken}`
  }
  return result.step === 'connect' && view.deployment.resumes === 0
    ? 'nothing was changed there'
    : 'it could not be asked what it has and serves'
}

/** `HEAD 1a2b3c4, serves 1a2b3c4, container running`. */
export function sightingText(seen: Sighting): string {
  const { head } = seen
  return [
    head === undefined ? 'no commit checked out' : `HEAD ${revisionOr(head)}`,
    ...containerTexts(seen),
  ].join(', ')
}

/** What is said of the containers of a host: once where all say the same, else of each replica. */
export function containerTexts(seen: ContainerSighting & Pick<Sighting, 'replicas'>): readonly string[] {
  const { replicas = [] } = seen
  const [one = [], ...others] = replicas.map(replica => containerText(replica, `${replicas.length} replicas`))
  if (replicas.length === 0) return containerText(seen, 'container')
  if (others.every(other => other.join() === one.join())) return one
  return replicas.map(replica => `${replica.name}: ${containerText(replica, 'container').join(', ')}`)
}

function containerText(
  { served, container, image, isNew, drained }: ContainerSighting,
  what: string,
): readonly string[] {
  return [
    ...(served === undefined ? [] : [servedText(served)]),
    container === undefined
      ? 'Docker did not answer'
      : `${ofWhom(isNew, what)} ${revisionOr(container)}${madeFrom(image)}`,
    ...(drained === undefined ? [] : ['drained']),
  ]
}

/** `new container`, `2 old replicas`: made by this deployment or by another one; nothing is said where it does not matter. */
function ofWhom(isNew: boolean | undefined, what: string): string {
  return isNew === undefined ? what : what.replace(/(?=[a-z]+$)/, isNew ? 'new ' : 'old ')
}

/** Enough of a digest to tell it from others. */
function madeFrom(image: string | undefined): string {
  return image === undefined ? '' : ` from ${oneLine(image.replace(/(sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1'))}`
}

/** What was seen on a host before it was taken up again, or why nothing was. */
export function foundText(found: Found): string {
  const { host, head, container, image, isNew, replicas, detail, drained, because } = found
  if (because) return `${host} could not be looked at: ${shortReason(because, { host, step: 'look' })}`
  const containers =
    replicas === undefined
      ? [
          ...(container === undefined
            ? []
            : [`${ofWhom(isNew, 'container')} ${revisionOr(container)}${madeFrom(image)}`]),
          ...(detail === undefined ? [] : [isRevision(detail) ? servedText(detail) : oneLine(detail)]),
          ...(drained === undefined ? [] : ['drained']),
        ]
      : containerTexts({ served: detail, container, image, replicas })
  const seen = [...(head === undefined ? [] : [`HEAD ${revisionOr(head)}`]), ...containers]
  return `${host} was found with: ${seen.length === 0 ? 'nothing that could be seen' : seen.join(', ')}`
}

/** A revision is served; anything else is only an answer. */
export function servedText(served: string): string {
  return isRevision(served) ? `serves ${shortRevision(served)}` : `answers: ${revisionOr(served)}`
}

function isRevision(text: string): boolean {
  return revisionFrom(text) !== undefined
}

function takenText(revision: string, proof: Proof): string {
  switch (proof) {
    case 'served':
      return `serving ${revision}, proved`
    case 'reloaded':
      return `${revision}, reload seen`
    case 'running':
      return `${revision}, running, no reload could be seen`
  }
}

function wasText(view: View, previous: string | undefined): string {
  if (previous === undefined) return '(first checkout)'
  return previous === view.deployment.order.revision ? '(as before)' : `(was ${revisionOr(previous)})`
}
