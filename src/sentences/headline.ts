import type { Deployment } from '../deployment.ts'
import type { Void } from '../event.ts'
import type { HostResult, Proof } from '../host-result.ts'
import type { Order } from '../order.ts'
import { revisionFrom, shortRevision } from '../revision.ts'
import { targetText } from '../target.ts'
import { beforeText } from './back.ts'
import { secondsText } from './duration.ts'
import { oneLine } from './outside.ts'
import { shortReason } from './short-reason.ts'
import type { View } from './view.ts'

/** The one line that says how a deployment stands. Holds no words from hosts; the weakest proof decides its own. */
export function headlineText(view: View): string {
  const { order, isRollback, cancelledBy, resumes } = view.deployment
  const revision = shortRevision(order.revision)
  const hosts = hostsText(order.hosts.length)
  const name = targetText(order.target)
  switch (view.phase.kind) {
    case 'awaiting':
      return `${name}: waiting for an approval of the ${orderedText(view.deployment, hosts)}`
    case 'queued': {
      const { position, behind } = view.phase
      const place = position > 0 ? `, number ${position}` : ''
      return `${name}: ${isRollback ? `rollback to ${revision} ` : ''}waiting for its turn${place}${behindText(behind)}`
    }
    case 'running': {
      const again = resumes > 0 || view.found.length > 0 ? ', taken up again' : ''
      const stop = cancelledBy === undefined ? '' : `; ${cancelledBy} cancelled it, so no further host begins`
      const doing = isRollback ? `rolling back to ${revision}${inNewContainer(order)} on` : doingText(order)
      return `${name}: ${doing} ${hosts}${again}${stop}`
    }
    case 'stalled': {
      const what = orderedText(view.deployment, hosts)
      return `${name}: the ${what} was interrupted, and waits for Resume or Leave`
    }
    case 'ended':
      return `${name}${isRollback && view.phase.ending !== 'succeeded' ? ': the rollback' : ''} ${endedText(view, view.phase)}`
  }
}

/** `rollback to 4f2c1ab on 2 hosts`, `full deploy of 4f2c1ab to web1`: what is asked for, where it is to be approved. */
export function orderedText(
  { order, isRollback }: Pick<Deployment, 'order' | 'isRollback'>,
  hosts?: string,
): string {
  const revision = shortRevision(order.revision)
  const [what, to] = isRollback
    ? [`rollback to ${revision}${inNewContainer(order)}`, 'on']
    : [`${order.kind} deploy of ${revision}`, 'to']
  return hosts === undefined ? what : `${what} ${to} ${hosts}`
}

function inNewContainer({ kind }: Order): string {
  return kind === 'code' ? '' : ' in a new container'
}

function doingText(order: Order): string {
  const revision = shortRevision(order.revision)
  switch (order.kind) {
    case 'code':
      return `deploying ${revision} to`
    case 'container':
      return `replacing the container of ${revision} on`
    case 'full':
      return `deploying ${revision} in a new container to`
  }
}

export interface StatusWord {
  readonly word: string
  readonly tone: 'waiting' | 'running' | 'good' | 'bad' | 'warning'
}

/** For the emoji and the word beside it. */
export function statusWord(view: View): StatusWord {
  if (view.phase.kind === 'awaiting') return { word: 'waiting for approval', tone: 'waiting' }
  if (view.phase.kind === 'queued') return { word: 'waiting', tone: 'waiting' }
  if (view.phase.kind === 'stalled') return { word: 'waiting for Resume or Leave', tone: 'warning' }
  if (view.phase.kind === 'running') return { word: 'running', tone: 'running' }
  switch (view.phase.ending) {
    case 'succeeded':
      return { word: 'succeeded', tone: 'good' }
    case 'failed':
      return { word: 'failed', tone: 'bad' }
    case 'partial':
      return { word: 'ended partly', tone: 'bad' }
    case 'interrupted':
      return { word: 'interrupted', tone: 'warning' }
    case 'cancelled':
      return { word: 'cancelled', tone: 'warning' }
    case 'rejected':
      return { word: 'rejected', tone: 'warning' }
    case 'expired':
      return { word: 'expired', tone: 'warning' }
    case 'void':
      return { word: 'given up', tone: 'warning' }
  }
}

/** At most three names are listed. */
export function behindText(behind: readonly string[]): string {
  if (behind.length === 0) return ''
  const names = behind.slice(0, 3).map(name => oneLine(name, 60))
  const more = behind.length > 3 ? ` and ${behind.length - 3} more` : ''
  return `, behind ${names.join(', ')}${more}`
}

type Stopped = HostResult & { readonly status: 'failed' | 'unknown' }

function endedText(view: View, phase: View['phase'] & { kind: 'ended' }): string {
  const { order, cancelledBy } = view.deployment
  const revision = shortRevision(order.revision)
  switch (phase.ending) {
    case 'succeeded':
      return `${view.deployment.isRollback ? 'rolled back' : 'succeeded'}: ${servingText(view, revision)}, ${secondsText(phase.durationMs)}`
    case 'failed': {
      const why = stoppedText(view, 'failed') ?? ': no host had its turn'
      return `failed${why}; ${countText(view)} ${revision}${backText(view)}${stopText(view)}`
    }
    case 'partial': {
      const why = stoppedText(view, 'failed')
      return `ended partly: ${countText(view)} ${revision}${backText(view)}${why === undefined ? '' : `; failed${why}`}${stopText(view)}`
    }
    case 'interrupted': {
      const why = stoppedText(view, 'unknown')
      // A bot that died left no results behind; the hosts themselves are told of below the headline.
      if (why === undefined)
        return `was interrupted by a restart or a fault of the bot: it is not known which hosts took ${revision}`
      return `was interrupted${why}, and ${lastSeenText(view)}; ${countText(view)} ${revision}${backText(view)}${stopText(view)}`
    }
    case 'cancelled':
      return `was cancelled${cancelledBy === undefined ? '' : ` by ${cancelledBy}`} before any host took ${revision}`
    case 'rejected':
      return `was rejected${view.decidedBy === undefined ? '' : ` by ${view.decidedBy}`}: nothing was changed`
    case 'expired':
      return 'was not approved in time: nothing was changed. Ask again when an approver is there'
    case 'void':
      return `was given up before it began${view.voided === undefined ? '' : `: ${voidText(view.voided)}`}. Nothing was changed; ask again`
  }
}

/** Why what was asked for may not be run any more; continues "…: ". */
export function voidText(why: Void): string {
  switch (why.kind) {
    case 'config-changed':
      return 'touchdown.yml says something else now than what was to be approved'
    case 'revision-gone':
      return `${shortRevision(why.revision)} is in no branch or tag any more that may be deployed`
    case 'overtaken':
      return 'another deployment has come in between since it was asked for'
    case 'unchecked':
      return `it could not be found out whether it may still run (${oneLine(why.detail, 200)})`
    case 'right-lost':
      return why.right === 'approve'
        ? `${why.who}, who approved it, may not approve it any more`
        : `${why.who}, who asked for it, may not deploy it any more`
  }
}

/** Who stopped what had begun: the hosts behind did not have their turn for that. */
function stopText({ deployment: { cancelledBy }, hosts }: View): string {
  if (cancelledBy === undefined) return ''
  const isBefore = [...hosts.values()].some(({ result }) => result?.status === 'untouched')
  return `; cancelled by ${cancelledBy}${isBefore ? ' before the others' : ''}`
}

/** What all hosts of a good deployment were seen to do: the weakest proof among them. */
function servingText(view: View, revision: string): string {
  const { hosts: ordered, kind } = view.deployment.order
  const hosts = `${kind === 'code' ? '' : 'in a new container '}on ${ordered.length}/${ordered.length} hosts`
  switch (weakestProof(view)) {
    case 'served':
      return `serving ${revision} ${hosts}, proved`
    case 'reloaded':
      return `${revision} ${hosts}, reload seen (the revision it serves is not verifiable)`
    case 'running':
      return `${revision} ${hosts}, running (no reload could be seen)`
    case undefined:
      return `${revision} ${hosts}`
  }
}

/** Undefined when a host's result is not among the events. */
export function weakestProof(view: View): Proof | undefined {
  const proofs = [...view.hosts.values()].map(({ result }) =>
    result?.status === 'succeeded' ? result.proof : undefined,
  )
  if (proofs.length === 0 || proofs.includes(undefined)) return undefined
  return (['running', 'reloaded', 'served'] as const).find(proof => proofs.includes(proof))
}

/** ` at reset on web2: the disk is full (and on 1 more host)`, of the first such host in the order. */
function stoppedText(view: View, status: Stopped['status']): string | undefined {
  const all = [...view.hosts].flatMap(([host, { result }]) =>
    result?.status === status ? [{ host, result }] : [],
  )
  // Who could not be put back is told of by itself: the reason for the whole is another host.
  const causes = all.filter(({ result }) => result.stayed === undefined)
  const stopped = causes.length > 0 ? causes : all
  const [first] = stopped
  if (!first) return undefined
  const { host, result } = first
  const others = stopped.length > 1 ? ` (and on ${hostsText(stopped.length - 1, 'more ')})` : ''
  return ` at ${result.step} on ${host}: ${shortReason(result.because, { host, step: result.step })}${others}`
}

/** What is known all the same of the first host whose end is not. */
function lastSeenText(view: View): string {
  const results = [...view.hosts.values()].map(({ result }) => result)
  const first = results.find(result => result?.status === 'unknown')
  const served = first?.status === 'unknown' ? revisionFrom(first.now?.served ?? '') : undefined
  return served
    ? `it was last seen serving ${shortRevision(served)}`
    : `it is not known whether ${shortRevision(view.deployment.order.revision)} runs there`
}

/** `1/2 hosts serve`; `run` where a host could not be asked. A failed host counts when it was seen to serve the revision all the same. */
function countText(view: View): string {
  const { order } = view.deployment
  const there = [...view.hosts.values()].flatMap(({ result }) => {
    if (result?.status === 'succeeded') return [result.proof]
    if (result?.status !== 'failed' && result?.status !== 'unknown') return []
    if (result.stayed?.proof !== undefined) return [result.stayed.proof]
    return result.now?.served === order.revision ? ['served'] : []
  })
  const isAsked = order.verify !== undefined && there.every(proof => proof === 'served')
  return `${there.length}/${order.hosts.length} hosts ${isAsked ? 'serve' : 'run'}`
}

/** `; 2 hosts were put back to 1a2b3c4; web4 could not be put back`: what became of hosts that had switched. */
function backText(view: View): string {
  const back = [...view.hosts].flatMap(([host, { result }]) =>
    result?.status === 'put-back' ? [{ host, to: beforeText(view.deployment.order, result.revision) }] : [],
  )
  const places = [...new Set(back.map(({ to }) => to))]
  const [first] = back
  const who = back.length === 1 ? `${first?.host} was` : `${hostsText(back.length)} were`
  const done = first ? `; ${who} put back to ${places.join(' and ')}` : ''
  const stayed = [...view.hosts].flatMap(([host, { result }]) =>
    (result?.status === 'failed' || result?.status === 'unknown') && result.stayed ? [host] : [],
  )
  if (stayed.length === 0) return done
  return `${done}; ${stayed.length === 1 ? stayed[0] : hostsText(stayed.length)} could not be put back`
}

function hostsText(count: number, more = ''): string {
  return count === 1 ? `1 ${more}host` : `${count} ${more}hosts`
}
