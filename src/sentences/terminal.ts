import type { Deployment } from '../deployment.ts'
import { targetText } from '../target.ts'

/** What only a terminal says: about the process that deploys while a person watches it. */

/** After the first Ctrl-C. The deployment's own line says what becomes of it. */
export const STOPPING_TEXT = 'Stopping, as `touchdown cancel` does. Press Ctrl-C again to leave at once.'

/** After a Ctrl-C before anything was recorded. */
export const NOTHING_STARTED_TEXT = 'Left before anything was started.'

/** After the second Ctrl-C, when nobody knows whether there is a deployment by now. */
export const LEFT_ORDERING_TEXT =
  'Left while it was being ordered: `touchdown history` shows whether it was, and `touchdown cancel <service>` then takes it back.'

/** After the second Ctrl-C, or the first one when only deployments of others are left. */
export function leftText({ order }: Deployment): string {
  const { service } = order.target
  return (
    `Left ${targetText(order.target)} before its end: the hosts finish the step that runs there. \`touchdown status ${service}\` shows ` +
    'what they have. The running bot, or else the next deployment, brings it to its end; ' +
    `\`touchdown history ${service}\` then shows how it ended.`
  )
}

/** After the end of one's own deployment. */
export function notOverText(unfinished: readonly Deployment[]): string {
  return `Not over yet: ${unfinished.map(called).join(', ')}. It is brought to its end from here; press Ctrl-C to leave at once.`
}

/** Of one's own deployment, whose events cannot be read. `detail`: what is wrong. */
export function lostSightText({ order }: Deployment, detail: string): string {
  const { service } = order.target
  return (
    `What ${targetText(order.target)} does cannot be shown any more (${detail}): the records cannot be read. ` +
    `\`touchdown history ${service}\` shows how it ended, once they can be read again.`
  )
}

/** Of somebody else's deployment, or of one's own that one could not go on with. */
export function takenUpText(deployment: Deployment): string {
  return `${called(deployment)} was left by a process that died or stood still, so it is taken up from here.`
}

/** Of a bot that was asked a second time to end. */
export const BOT_LEFT_TEXT =
  'Ended at once: the hosts finish the step that runs there, and the next `touchdown start` brings the rest to its end.'

/** Of a deployment that stands earlier in the line, may begin, and is begun by nobody. */
export function nobodyBeginsText(deployment: Deployment): string {
  const { requestedBy, order } = deployment
  return (
    `${called(deployment)} comes first, and nobody begins it: the terminal of ${requestedBy} is gone, or the bot that was asked does not ` +
    `run. Start the bot (\`touchdown start\`) and it begins, or take it out of the line with \`touchdown cancel ${targetText(order.target)}\`.`
  )
}

function called({ id, order }: Deployment): string {
  return `${targetText(order.target)} (${id})`
}
