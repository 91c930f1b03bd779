import { revisionFrom, shortRevision } from '../revision.ts'
import type { HostStatus, StatusReport, TargetStatus } from '../status-report.ts'
import { targetText } from '../target.ts'
import { forAsker } from './asked.ts'
import { becauseText } from './because.ts'
import { drainedOn, drainedText } from './drained.ts'
import { agoText } from './duration.ts'
import { hintFor } from './hints.ts'
import { holdLine } from './holds.ts'
import { containerTexts, servedText } from './host-end.ts'
import { oneLine, revisionOr, together } from './outside.ts'

/** What runs where, target by target and host by host, with what is odd about it and what to do. Lines end in \n. */
export function statusText(report: StatusReport): string {
  if (report.targets.length === 0) return 'No service is configured: touchdown.yml names none.'
  return report.targets.map(status => targetLines(status, report.askedAt).join('\n')).join('\n\n')
}

function targetLines(status: TargetStatus, now: number): readonly string[] {
  const { last, underway, hold, hosts } = status
  const name = targetText(status.target)
  const deployed = last
    ? `${shortRevision(last.revision)}${refText(last)} was ${last.isRollback ? 'brought back' : 'deployed'} ` +
      `${agoText(last.endedAt, now)} by ${last.requestedBy}`
    : 'no deployment is recorded that went well'
  const next = underway
    ? [
        `  ${shortRevision(underway.revision)} ${UNDERWAY[underway.status]}, ` +
          `asked for by ${underway.requestedBy} ${agoText(underway.since, now)}`,
      ]
    : []
  return [
    `${name}: ${deployed}`,
    ...next,
    ...(hold === undefined ? [] : [`  ${holdLine(hold, now)}`]),
    ...hosts.flatMap(host => hostLines(host, status)),
    ...imagesLine(hosts),
  ]
}

const UNDERWAY = {
  queued: 'waits for its turn',
  running: 'is being deployed',
  stalled: 'was interrupted, and waits for Resume or Leave',
} as const

function refText({ revision, ref }: { readonly revision: string; readonly ref: string }): string {
  return revision.startsWith(ref) ? '' : ` (${oneLine(ref, 60)})`
}

type Seen = HostStatus & { readonly status: 'seen' }

function hostLines(status: HostStatus, target: TargetStatus): readonly string[] {
  if (status.status === 'unreachable') {
    return [
      `  ${becauseText(status.because, { host: status.host, step: 'look', target: target.target, isAsked: true })}`,
    ]
  }
  const { now, digest } = status
  const { replicas } = now
  const facts = [
    ...(now.served === undefined || replicas ? [] : [servedText(now.served)]),
    ...(now.head === undefined ? [] : [`HEAD ${revisionOr(now.head)}`]),
    ...(now.container === undefined
      ? []
      : replicas
        ? containerTexts(now)
        : [`container ${revisionOr(now.container)}`]),
    ...(digest === undefined || replicas ? [] : [`image ${shortDigest(digest)}`]),
  ]
  const problems = problemsOf(status, target).map(problem => `    ${problem}`)
  return [`  ${status.host}: ${facts.length === 0 ? 'nothing could be seen' : facts.join(', ')}`, ...problems]
}

/** What somebody should know or mend, a sentence each. While a deployment is under way hosts may differ from what was deployed last. */
function problemsOf(status: Seen, { target, last, underway }: TargetStatus): readonly string[] {
  const { now, host } = status
  const again = `deploy it again: /deploy ${targetText(target)}`
  const containers = now.replicas ?? [{ ...now, name: 'The container' }]
  const other = containers.find(
    ({ served }) => served !== now.head && now.head !== undefined && revisionFrom(served ?? '') !== undefined,
  )
  const isOther = last !== undefined && now.head !== undefined && now.head !== last.revision && !underway
  return [
    ...(status.missingTools.length > 0
      ? [
          `${together(status.missingTools.map(tool => oneLine(tool, 20)))} missing on ${host}: install what is missing.`,
        ]
      : []),
    ...checkoutProblem(status),
    ...(status.gitError === undefined ? [] : [`git says: ${withHint(status.gitError, host)}`]),
    ...(status.dockerError === undefined ? [] : [`Docker says: ${withHint(status.dockerError, host)}`]),
    ...(other && !underway
      ? [
          `The checkout has ${revisionOr(now.head ?? '')}, but ${revisionOr(other.served ?? '')} is served${now.replicas ? ` by ${other.name}` : ''}: was it reloaded? If not, ${again}`,
        ]
      : []),
    ...(isOther
      ? [
          `${shortRevision(last.revision)} was deployed last, but the checkout has another commit: somebody changed it on ${host}. To have it back, ${again}`,
        ]
      : []),
    ...containers.flatMap(({ name, container }) =>
      container === undefined || container === 'running'
        ? []
        : [`${name} is ${revisionOr(container)}: a deploy starts it if it can.`],
    ),
    ...(underway ? [] : drainedOn(now).map(each => `${drainedText(each, target)}.`)),
    ...(status.hasEdits
      ? ['Files of the checkout were edited on the host: the next deploy keeps them aside and says where.']
      : []),
    ...(status.holder === undefined ? [] : [`The host is held by: ${oneLine(status.holder)}`]),
  ]
}

function checkoutProblem({ checkout, now }: Seen): readonly string[] {
  switch (checkout) {
    case 'repo':
      return now.head === undefined ? ['The checkout has no commit yet: the first deploy brings one.'] : []
    case 'none':
    case 'empty':
      return ['There is no checkout yet: the first deploy clones it.']
    case 'other':
      return [
        'The path holds something that is no git checkout: move it away, or correct path in touchdown.yml.',
      ]
  }
}

function withHint(error: string, host: string): string {
  const hint = hintFor(error, { host, step: 'look' })
  return hint ? `${hint.short}. ${forAsker(hint.remedy)}` : oneLine(error)
}

/** Hosts of one target that run different images answer differently, whatever their code is. */
function imagesLine(hosts: readonly HostStatus[]): readonly string[] {
  const digests = hosts.flatMap(host => (host.status === 'seen' && host.digest ? [host.digest] : []))
  return new Set(digests).size > 1
    ? ['  The hosts run different images: only a container deploy makes them the same.']
    : []
}

function shortDigest(digest: string): string {
  return oneLine(digest, 300).replace(/^.*@(sha256:[0-9a-f]{12})[0-9a-f]*$/, '$1')
}
