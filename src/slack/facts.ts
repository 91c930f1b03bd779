import type { Deployment } from '../deployment.ts'
import { shortRevision } from '../revision.ts'
import type { View } from '../sentences/view.ts'
import { escapedLine } from './escape.ts'
import { codeSpan, isUser, mentionText } from './mentions.ts'

const WORTH_TELLING_MS = 5_000

/** Who asked for what, where and when: mrkdwn, a few words each. */
export function factsOf(view: View): readonly string[] {
  const { deployment } = view
  return [
    `by ${personText(deployment.requestedBy)}`,
    ...approvedText(view),
    revisionText(deployment),
    escapedLine(`on ${deployment.order.hosts.map(host => host.name).join(', ')}`, 300),
    timesText(view),
  ]
}

function approvedText({ decidedBy, phase }: View): readonly string[] {
  const isRejected = phase.kind === 'ended' && phase.ending === 'rejected'
  return decidedBy === undefined
    ? []
    : [`${isRejected ? 'rejected' : 'approved'} by ${personText(decidedBy)}`]
}

function personText(id: string): string {
  return isUser(id) ? mentionText(id, 'user') : escapedLine(id, 100)
}

function revisionText({ order, ref, changes }: Deployment): string {
  const short = shortRevision(order.revision)
  const url = changes?.compareUrl === undefined ? undefined : safeUrl(changes.compareUrl)
  const revision = url === undefined ? codeSpan(short) : `<${url}|${short}>`
  return ref === short ? revision : `${revision} (${escapedLine(ref, 200)})`
}

/** Undefined for what is no http(s) address or could end the link early. */
function safeUrl(text: string): string | undefined {
  if (text.length > 1_000 || !/^https?:\/\/[^\s<>|]+$/.test(text) || !URL.canParse(text)) return undefined
  return text.replaceAll('&', '&amp;')
}

/** The end needs no time of its own: the headline says how long it took. */
function timesText({ deployment: { createdAt, startedAt } }: View): string {
  const asked = `asked ${dateText(createdAt)}`
  const waited = startedAt !== undefined && startedAt - createdAt > WORTH_TELLING_MS
  return waited ? `${asked}, started ${dateText(startedAt)}` : asked
}

/** Slack shows it in the reader's own time zone; the fallback is for what cannot. */
export function dateText(ms: number): string {
  const fallback = `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return `<!date^${Math.floor(ms / 1000)}^{date_short_pretty} {time_secs}|${fallback}>`
}
