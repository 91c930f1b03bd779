import type { Choice, Command } from '../command.ts'
import { dryRunText } from '../sentences/dry-run.ts'
import { helpText } from '../sentences/help.ts'
import { historyText } from '../sentences/history.ts'
import { lockedText, unlockedText } from '../sentences/holds.ts'
import { refusalText } from '../sentences/refusals.ts'
import { cancelledText, orderedAsText } from '../sentences/replies.ts'
import { statusText } from '../sentences/status.ts'
import type { Reply } from '../story/reply.ts'

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
      return cancelledText(reply.deployment)
    case 'locked':
      return lockedText(reply.hold, reply.underway, command, now)
    case 'unlocked':
      return unlockedText(reply.hold, reply.by, now)
    case 'accepted':
    case 'decided':
      return undefined
  }
}

/** The same in Slack, where an answer with buttons is replaced by what comes of a press, so there has to be something. */
export function answerText(command: Command, reply: Reply, now: number): string | undefined {
  const text = replyText(reply, '/deploy', now)
  if (text !== undefined || reply.kind !== 'accepted' || !isChoice(command)) return text
  return orderedAsText(reply.deployment)
}

/** The trigger of the command that can be chosen for again, a refused press included: what is in its way may not stay. */
export function choiceFor(command: Command, reply: Reply): string | undefined {
  if (reply.kind !== 'refused' || reply.refusal.reason === 'not-yours') return undefined
  if (reply.refusal.reason === 'needs-container') return command.trigger
  return isChoice(command) ? command.click.command : undefined
}

function isChoice(command: Command): command is Command & { readonly click: Choice } {
  return command.click !== undefined && 'command' in command.click
}
