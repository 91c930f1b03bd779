import type { Deployment, DeploymentStatus } from '../deployment.ts'
import { shortRevision } from '../revision.ts'
import { targetText } from '../target.ts'
import { agoText, secondsText } from './duration.ts'
import { oneLine } from './outside.ts'

/** One line per deployment, in the order given. `now` in milliseconds since 1970. */
export function historyText(deployments: readonly Deployment[], now: number): string {
  if (deployments.length === 0) return 'Nothing has been deployed yet.'
  return deployments.map(deployment => lineOf(deployment, now)).join('\n')
}

/** `5 min ago: creator 4f2c1ab (master) succeeded in 1.9 s on web1, web2, by U01ALICE`. */
function lineOf(deployment: Deployment, now: number): string {
  const { order, ref, isRollback, status, requestedBy, createdAt, startedAt, endedAt, cancelledBy } =
    deployment
  const what = `${targetText(order.target)} ${isRollback ? 'rollback to ' : ''}${shortRevision(order.revision)}`
  const typed = order.revision.startsWith(ref) ? '' : ` (${oneLine(ref, 60)})`
  const time =
    startedAt === undefined || endedAt === undefined
      ? ''
      : ` ${took(status)} ${secondsText(endedAt - startedAt)}`
  const stopped = status === 'cancelled' && cancelledBy !== undefined ? ` by ${cancelledBy}` : ''
  const hosts = order.hosts.map(host => host.name).join(', ')
  return `${agoText(createdAt, now)}: ${what}${typed} ${statusText(status)}${stopped}${time} on ${hosts}, asked for by ${requestedBy}`
}

function took(status: DeploymentStatus): string {
  return status === 'succeeded' ? 'in' : 'after'
}

/** Continues "it …". */
export function statusText(status: DeploymentStatus): string {
  switch (status) {
    case 'awaiting':
      return 'waits for an approval'
    case 'queued':
      return 'waits for its turn'
    case 'running':
      return 'is running'
    case 'stalled':
      return 'was interrupted, and waits for Resume or Leave'
    case 'succeeded':
      return 'succeeded'
    case 'failed':
      return 'failed'
    case 'partial':
      return 'ended partly'
    case 'interrupted':
      return 'was interrupted'
    case 'cancelled':
      return 'was cancelled'
    case 'rejected':
      return 'was rejected'
    case 'expired':
      return 'was not approved in time'
    case 'void':
      return 'was given up before it began'
  }
}
