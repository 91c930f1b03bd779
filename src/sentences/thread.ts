import type { Deployment, Ending } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'
import { verbOf } from '../plan/replica.ts'
import { shortRevision } from '../revision.ts'
import type { StepOutcome } from '../step.ts'
import { targetText } from '../target.ts'
import { changesLines } from './changes.ts'
import { rehearsedLines } from './dry-run.ts'
import { secondsText } from './duration.ts'
import { voidText } from './ended.ts'
import { shortEnd } from './finding.ts'
import { behindText, headlineText, orderedText } from './headline.ts'
import { foundText, hostEndedLines, hostLines } from './host-end.ts'
import { noteLine } from './notes.ts'
import { oneLine, together, withoutPasswords } from './outside.ts'
import { MOST_LISTED, upTo } from './phrases.ts'
import { retryText } from './retry.ts'
import { ownRolloutText, rolloutText } from './rollout.ts'
import { signalName } from './short-reason.ts'
import { answeredText, LAST_TIME, stalledLines } from './stalled.ts'
import type { View } from './view.ts'

/** Lines for the thread and the terminal about one event; `view` is the view after it. None for the end: finalText tells it. */
export function eventLines(view: View, event: DeploymentEvent): readonly string[] {
  const { order } = view.deployment
  switch (event.kind) {
    case 'approval-asked':
      return approvalLines(view, event)
    case 'approved':
      return [`${event.by} approved it${aheadText(event.ahead, view.deployment.ref)}`]
    case 'rejected':
      return [`${event.by} rejected it: nothing was changed`]
    case 'void':
      return [`given up: ${voidText(event.why)}`]
    case 'queued':
      return [`waiting for its turn, number ${event.position}${behindText(event.behind)}`]
    case 'started': {
      const names = order.hosts.map(host => host.name)
      const rollout = rolloutText(order)
      const what = view.deployment.isRollback
        ? orderedText(view.deployment, together(names))
        : `${shortRevision(order.revision)} to ${together(names)}`
      return [`started: ${what}${rollout === undefined ? '' : `; ${rollout}`}`]
    }
    case 'resumed':
      return [
        'taken up again: the bot or terminal that ran it ended, or was not heard of',
        ...event.found.map(foundText),
        ...(event.isLast ? [LAST_TIME] : []),
      ]
    case 'stalled':
      return stalledLines(view, event)
    case 'answered':
      return [answeredText(event)]
    case 'changes':
      return changesLines(event.changes)
    case 'step':
      return [
        `${event.host}: ${stepEndText(event.host, event.step, event.outcome)}`,
        ...cutLines(view.deployment, event),
      ]
    case 'note':
      return [noteLine(event.host, event.note, order)]
    case 'host-ended':
      return hostEndedLines(view, event.host, event.result, event.durationMs)
    case 'cancel-asked':
      return [`${event.by} cancelled it: no further host begins; a host that has begun is brought to its end`]
    case 'turn':
    case 'ended':
    case 'withdrawn':
    case 'offered':
      return []
  }
}

/** Who may say yes to what: exactly this order, host by host. */
function approvalLines(
  { deployment }: View,
  event: DeploymentEvent & { kind: 'approval-asked' },
): readonly string[] {
  const { order, approval } = deployment
  const image = order.kind === 'code' ? '' : ` with the image ${oneLine(order.image)}`
  const rollout = ownRolloutText(order)
  return [
    `waits for somebody else to approve order ${approval?.hash.slice(0, 12) ?? ''}: ${orderedText(deployment)}${image}`,
    ...(rollout === undefined ? [] : [rollout]),
    ...event.rehearsals.flatMap(rehearsal => rehearsedLines(rehearsal, order)),
  ]
}

/** For the terminal, which has no buttons; in Slack the message itself calls the approvers. */
export function whereToApproveText({ approvers }: DeploymentEvent & { kind: 'approval-asked' }): string {
  const names = upTo(
    approvers.map(id => oneLine(id, 40)),
    MOST_LISTED,
  )
  return `to be approved with the button of its message in Slack, by ${names.length > 1 ? 'one of ' : ''}${names.join(', ')}`
}

function aheadText(ahead: number | undefined, ref: string): string {
  if (ahead === undefined || ahead === 0) return ''
  return `; ${oneLine(ref, 60)} is ${ahead === 1 ? '1 commit' : `${ahead} commits`} further by now, which this deployment does not bring`
}

/** What a failing step printed, for a preformatted block; undefined when there is nothing to show. */
export function failingOutput(event: DeploymentEvent): string | undefined {
  const output = withoutPasswords(outputOf(event)).trim()
  return output === '' ? undefined : output
}

/** The one broadcast at the end: the headline and, unless all went well, every host: why, what it has now, what to do. Lines end in \n. */
export function finalText(view: View): string {
  const headline = `${headlineText(view)}${whoText(view)}`
  const { phase, deployment } = view
  if (phase.kind === 'ended' && phase.offers.some(({ kind }) => kind === 'lock')) {
    return `${headline}\n${lockText(deployment)}`
  }
  if (phase.kind === 'ended' && !HAS_HOSTS.has(phase.ending)) return headline
  const lines = [...view.hosts].flatMap(([host, { result }]) => hostLines(view, host, result))
  const again = retryText(view)
  return [headline, ...lines, ...(again ? [again] : [])].join('\n')
}

/** Without a channel there is no message, and so no button. */
function lockText({ order, origin }: Deployment): string {
  const words = `lock ${targetText(order.target)} <reason>`
  const aim = 'To keep others from deploying it again meanwhile'
  return origin.kind === 'cli'
    ? `${aim}: \`touchdown ${words}\``
    : `${aim}, press Lock on its message in Slack, or give a reason of your own: \`/deploy ${words}\``
}

/** Of what two people have answered for, both are named. */
function whoText({ deployment, decidedBy, phase }: View): string {
  if (decidedBy === undefined || (phase.kind === 'ended' && phase.ending === 'rejected')) return ''
  return `\nAsked for by ${deployment.requestedBy}, approved by ${decidedBy}.`
}

/** Endings whose hosts are worth a line each. */
const HAS_HOSTS: ReadonlySet<Ending> = new Set(['failed', 'partial', 'interrupted'])

function stepEndText(host: string, step: string, outcome: StepOutcome): string {
  const time = secondsText(outcome.durationMs)
  switch (outcome.status) {
    case 'ok':
      return `${step} ${time}`
    case 'failed':
      return `${step} failed after ${time}${endText(host, step, outcome)}`
    case 'unknown':
      return `${step}: ${unknownText(outcome.why)} after ${time}; how it ended is not known`
  }
}

function endText(host: string, step: string, outcome: StepOutcome & { status: 'failed' }): string {
  if ('signal' in outcome.exit) return `: ended by ${signalName(outcome.exit.signal)}`
  // The proof is our own asking; its reason comes with the host's end.
  if (verbOf(step) === 'verify') return ''
  if (outcome.exit.code === 124) return ': its time was over'
  return `: ${shortEnd(outcome.exit.code, outcome.output, { host, step })}`
}

function cutLines(
  { id }: Deployment,
  { host, outcome }: DeploymentEvent & { kind: 'step' },
): readonly string[] {
  if (outcome.status === 'unknown' || outcome.cutBytes === undefined) return []
  const bytes = outcome.cutBytes.toLocaleString('en-GB')
  return [
    `${host}: what it printed is shown without the ${bytes} bytes before; ${host} keeps at least its beginning and its end in ~/.touchdown/deployments/${id}`,
  ]
}

function unknownText(why: (StepOutcome & { status: 'unknown' })['why']): string {
  switch (why) {
    case 'link-lost':
      return 'the connection was lost'
    case 'timed-out':
      return 'nothing more was heard'
    case 'no-marker':
      return "the host's shell ended"
    case 'bot-paused':
      return 'the bot itself stood still'
  }
}

/** A container's logs are no step's output: they come with the host's end. */
function outputOf(event: DeploymentEvent): string {
  if (event.kind === 'step') return event.outcome.status === 'ok' ? '' : event.outcome.output
  if (
    event.kind !== 'host-ended' ||
    event.result.status === 'succeeded' ||
    event.result.status === 'untouched' ||
    event.result.status === 'put-back'
  )
    return ''
  const { because } = event.result
  return because.kind === 'container-restarting' ? because.output : ''
}
