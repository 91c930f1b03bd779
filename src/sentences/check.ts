import type { Because } from '../because.ts'
import type { Host } from '../order.ts'
import type { HostCheck } from '../plan/check.ts'
import type { Clash } from '../plan/clashes.ts'
import type { Beyond } from '../plan/fences.ts'
import { targetText } from '../target.ts'
import { becauseText } from './because.ts'
import { machineLines, placeLines } from './check-lines.ts'
import { CATCH_UP_TEXT, olderRecordsText } from './older-records.ts'
import { oneLine, together } from './outside.ts'

/** `problem`: a deploy would fail. `warning`: it would work today. */
export interface CheckLine {
  readonly grade: 'ok' | 'warning' | 'problem'
  readonly text: string
}

/** What `touchdown check` says of one host; every line but those of grade `ok` ends in what to do. */
export function checkLines(check: HostCheck): readonly CheckLine[] {
  if (check.status === 'closed') return [{ grade: 'problem', text: closedText(check.because, check.host) }]
  return [
    { grade: 'ok', text: 'Reachable; its key is the pinned one.' },
    ...(check.beyond ? [{ grade: 'problem' as const, text: beyondText(check.beyond) }] : []),
    ...machineLines(check.machine, check.host),
    ...check.places.flatMap(place => placeLines(place, check.host)),
  ]
}

/** One host's block: its name and address, then a line each. */
export function hostCheckText(host: Host, lines: readonly CheckLine[]): string {
  const name = `${host.name} (${host.user}@${host.address}, port ${host.port})`
  return [name, ...lines.map(line => `  ${line.grade.padEnd(7)}  ${line.text}`)].join('\n')
}

/** The last words: which hosts have problems and what to do next. */
export function checkSummary(
  checks: readonly (readonly [host: string, lines: readonly CheckLine[]])[],
  clashes: readonly Clash[],
): string {
  const hostsWith = (grade: CheckLine['grade']) =>
    checks.flatMap(([host, lines]) => (lines.some(line => line.grade === grade) ? [host] : []))
  const ill = hostsWith('problem')
  if (checks.length === 0) return 'touchdown.yml names no host, so there was nothing to check.'
  if (ill.length > 0) {
    const has = ill.length === 1 ? 'has problems' : 'have problems'
    return `${together(ill)} ${has}: correct what is said above, then run touchdown check again.`
  }
  const well = checks.length === 1 ? 'The host is' : `All ${checks.length} hosts are`
  const isWarned = hostsWith('warning').length > 0 || clashes.length > 0
  return `${well} ready for deploys.${isWarned ? ' There are warnings, which stop no deploy today.' : ''}`
}

/** What touchdown.yml lets happen on one machine, as a warning. */
export function clashText(clash: Clash): string {
  switch (clash.kind) {
    case 'users': {
      const entries = clash.hosts.map(host => `${host.name} as ${host.user}`)
      return (
        `${together(entries)} lead to one machine: they offer the same host key. Its deploy lock lies in its user's home, so two ` +
        'users would not see each other deploying. Give these hosts the same user in touchdown.yml; if they are copies of one ' +
        'machine, give each a host key of its own (ssh-keygen -A, after the old keys in /etc/ssh were removed).'
      )
    }
    case 'path':
      return (
        `${together(clash.targets.map(targetText))} share the path ${clash.what} on ${together(clash.hosts)}, so each deploy of ` +
        "one replaces the other's code. Give each a path of its own in touchdown.yml."
      )
    case 'container':
      return (
        `${together(clash.targets.map(targetText))} share the container name ${clash.what} on ${together(clash.hosts)}, so a deploy ` +
        "of one acts on the other's container. Give each a container.name of its own in touchdown.yml."
      )
  }
}

function beyondText(beyond: Beyond): string {
  return `${capitalised(olderRecordsText(beyond))} ${CATCH_UP_TEXT}`
}

function closedText(because: Because, host: Host): string {
  switch (because.kind) {
    case 'unreachable':
      return (
        `It could not be reached (${oneLine(because.detail)}). Check that the host is up and its sshd runs, that address and port ` +
        'in touchdown.yml are right, and that no firewall is between.'
      )
    case 'no-session':
      return (
        `It opened no session (${oneLine(because.detail)}). Log in as ${host.user} and see that sh and timeout work there, and ` +
        'that ~/.touchdown can be written.'
      )
    default:
      // The host's name stands above already.
      return capitalised(becauseText(because, { host: host.name, step: 'check' }).slice(host.name.length + 2))
  }
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
