import type { Void } from '../event.ts'
import { type HostResult, type Proof, weakest } from '../host-result.ts'
import { revisionFrom, shortRevision } from '../revision.ts'
import { beforeText } from './back.ts'
import { secondsText } from './duration.ts'
import { oneLine } from './outside.ts'
import { hostsText } from './phrases.ts'
import { shortReason } from './short-reason.ts'
import type { View } from './view.ts'

/** How it ended; continues the name of what was deployed. */
export function endedText(view: View, phase: View['phase'] & { kind: 'ended' }): string {
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
function weakestProof(view: View): Proof | undefined {
  const proofs = [...view.hosts.values()].map(({ result }) =>
    result?.status === 'succeeded' ? result.proof : undefined,
  )
  return proofs.includes(undefined) ? undefined : weakest(proofs.flatMap(proof => proof ?? []))
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

type Stopped = HostResult & { readonly status: 'failed' | 'unknown' }

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
