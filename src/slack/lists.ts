import type { Changes } from '../deployment.ts'
import type { HostResult } from '../host-result.ts'
import type { Order } from '../order.ts'
import { shortRevision } from '../revision.ts'
import { beforeText, causeText } from '../sentences/back.ts'
import { secondsText } from '../sentences/duration.ts'
import type { HostView, View } from '../sentences/view.ts'
import { escapedLine } from './escape.ts'
import { codeSpan } from './mentions.ts'

const MOST_COMMITS = 5
const MOST_HOSTS = 40

/** The newest commits, a line each, as mrkdwn; undefined when there is nothing to tell. */
export function commitsText(changes: Changes | undefined): string | undefined {
  if (changes === undefined) return undefined
  const { commits, total, removed } = changes
  const shown = commits.slice(0, MOST_COMMITS)
  const more = Math.max(total, commits.length) - shown.length
  const lines = [
    ...shown.map(
      commit =>
        `• ${codeSpan(shortRevision(commit.revision))} ${escapedLine(commit.subject, 160)} (${escapedLine(commit.author, 60)})`,
    ),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(removed > 0
      ? [`:rewind: without ${removed} ${removed === 1 ? 'commit' : 'commits'} that ran before`]
      : []),
  ]
  return lines.length > 0 ? lines.join('\n') : undefined
}

/** One line per host as mrkdwn: emoji, name, word. When there are too many, those that need a look come first. */
export function hostsText(view: View, most: number): string {
  const hosts = [...view.hosts].map(([name, host]) => ({ name, ...stateOf(host, view) }))
  const isAll = hosts.length <= MOST_HOSTS
  const sorted = isAll ? hosts : [...hosts].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))
  const lines: string[] = []
  let left = most - 200
  for (const { kind, name, words } of sorted.slice(0, MOST_HOSTS)) {
    const line = `:${EMOJI[kind]}: ${escapedLine(name, 100)}: ${escapedLine(words, 120)}`
    if (line.length + 1 > left) break
    lines.push(line)
    left -= line.length + 1
  }
  const rest = sorted.slice(lines.length)
  return (
    [...lines, ...(rest.length > 0 ? [restText(rest.map(host => host.kind))] : [])].join('\n') || 'no hosts'
  )
}

/** The most urgent first. */
const KINDS = ['failed', 'unknown', 'running', 'untouched', 'waiting', 'done'] as const
type Kind = (typeof KINDS)[number]

const EMOJI: Readonly<Record<Kind, string>> = {
  failed: 'x',
  unknown: 'grey_question',
  running: 'rocket',
  untouched: 'heavy_minus_sign',
  waiting: 'hourglass_flowing_sand',
  done: 'white_check_mark',
}

function restText(kinds: readonly Kind[]): string {
  const counts = KINDS.flatMap(kind => {
    const count = kinds.filter(other => other === kind).length
    return count > 0 ? [`${count} ${kind}`] : []
  })
  return `and ${kinds.length} more ${kinds.length === 1 ? 'host' : 'hosts'}: ${counts.join(', ')}`
}

function stateOf(
  host: HostView,
  { phase, deployment }: View,
): { readonly kind: Kind; readonly words: string } {
  if (host.result) return endOf(host.result, host.durationMs, deployment.order)
  if (phase.kind === 'ended') return { kind: 'unknown', words: 'not known' }
  const last = host.steps.at(-1)
  if (last) return { kind: 'running', words: `running, ${last.step} done` }
  return phase.kind === 'running'
    ? { kind: 'running', words: 'running' }
    : { kind: 'waiting', words: 'waiting' }
}

const PROOF = {
  served: 'proved that it serves the revision',
  reloaded: 'reload seen',
  running: 'running',
} as const

function endOf(
  result: HostResult,
  durationMs: number,
  order: Order,
): { readonly kind: Kind; readonly words: string } {
  switch (result.status) {
    case 'succeeded':
      return {
        // Not "succeeded": that is said of the whole only, and this may be one good host of a bad end.
        kind: 'done',
        words: `done, ${PROOF[result.proof]}, ${secondsText(durationMs)}`,
      }
    case 'failed':
      return { kind: 'failed', words: `failed at ${result.step}` }
    case 'unknown':
      return { kind: 'unknown', words: `not known, it was cut off at ${result.step}` }
    case 'put-back':
      return {
        kind: 'untouched',
        words: `put back to ${beforeText(order, result.revision)} ${causeText(result.cause)}, ${secondsText(durationMs)}`,
      }
    case 'untouched':
      return { kind: 'untouched', words: 'untouched, its turn did not come' }
  }
}
