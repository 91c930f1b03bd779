import { type Deployment, targetText } from '../deployment.ts'

/** What only a terminal says: about the process that deploys while a person watches it. */

/** After the first Ctrl-C. The deployment's own line says what becomes of it. */
export const STOPPING_TEXT = 'Stopping, as `touchdown cancel` does. Press Ctrl-C again to leave at once.'

/** After a Ctrl-C before anything was recorded. */
export const NOTHING_STARTED_TEXT = 'Left before anything was started.'

/** After the second Ctrl-C. */
export function leftText({ order }: Deployment): string {
  const { service } = order.target
  return (
    `Left ${targetText(order.target)} before its end: the hosts finish the step that runs there. \`touchdown status ${service}\` shows ` +
    'what they have. The running bot, or else the next deployment, brings it to its end; ' +
    `\`touchdown history ${service}\` then shows how it ended.`
  )
}

/** Of somebody else's deployment. */
export function takenUpText(deployment: Deployment): string {
  return `${called(deployment)} was left by a process that died, so it is taken up from here.`
}

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
