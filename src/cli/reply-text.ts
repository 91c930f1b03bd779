import { targetText } from '../deployment.ts'
import { dryRunText } from '../sentences/dry-run.ts'
import { helpText } from '../sentences/help.ts'
import { historyText } from '../sentences/history.ts'
import { lockedText, unlockedText } from '../sentences/holds.ts'
import { refusalText } from '../sentences/refusals.ts'
import { statusText } from '../sentences/status.ts'
import type { Reply } from '../touchdown.ts'

/** The asker's answer as plain text; undefined where the deployment's own message says it all. `command` is how they type. */
export function replyText(reply: Reply, command: string, now: number): string | undefined {
  switch (reply.kind) {
    case 'help':
      return helpText(command)
    case 'refused':
      return refusalText(reply.refusal, command)
    case 'dry-run':
      return dryRunText(reply.dryRun)
    case 'status':
      return statusText(reply.report)
    case 'history':
      return historyText(reply.deployments, now)
    case 'cancelled':
      return reply.deployment.status === 'cancelled'
        ? `${targetText(reply.deployment.order.target)}: deployment ${reply.deployment.id} had not begun and will not.`
        : `${targetText(reply.deployment.order.target)}: deployment ${reply.deployment.id} stops before its next host; a host that is switching finishes first.`
    case 'locked':
      return lockedText(reply.hold, reply.underway, command, now)
    case 'unlocked':
      return unlockedText(reply.hold, reply.by, now)
    case 'accepted':
    case 'decided':
      return undefined
  }
}
