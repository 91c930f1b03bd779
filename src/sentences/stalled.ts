import type { Answered, DeploymentEvent } from '../event.ts'
import type { Refusal } from '../refusal.ts'
import { targetText } from '../target.ts'
import { secondsText } from './duration.ts'
import { statusText } from './history.ts'
import { code } from './phrases.ts'
import type { View } from './view.ts'

/** Each time the process that did it ended or stood still: the next would, too. */
export const LAST_TIME =
  'it is not tried again: it was taken up several times, and each time the process that ran it ended or stood still before it came to its end. See the log of the bot; then deploy again'

/** What may be done about it, by whom, and what becomes of it else. Buttons are in Slack only; whoever is named there is called. */
export function stalledLines(
  { deployment }: View,
  { forMs }: DeploymentEvent & { readonly kind: 'stalled' },
): readonly string[] {
  const { order } = deployment
  const words = code(`/deploy cancel ${targetText(order.target)}`)
  return [
    `how far it came is shown above. ${deployment.requestedBy}, or whoever else may deploy or approve it, says on its message in Slack within ${secondsText(forMs)} whether it goes on`,
    'Resume: the same order again; hosts that ended as ordered stay, the others get a new container',
    `Leave, or ${words}: what is there stays, and others in the queue go on; so it does when nobody says anything`,
  ]
}

export function answeredText({ answer, by }: Answered): string {
  if (by === undefined) return 'nobody said in time whether it goes on, so what is there stays'
  return answer === 'resume'
    ? `${by} resumed it: the same order goes on`
    : `${by} left it: what is there stays`
}

type StalledRefusal = Refusal & { readonly reason: 'answered-already' | 'not-stalled' }

/** Why a press came too late. */
export function stalledRefusalText(refusal: StalledRefusal): string {
  const what = `This deployment of ${refusal.service}`
  if (refusal.reason === 'not-stalled') {
    return `${what} ${statusText(refusal.status)}, so there is nothing to resume or leave. Its message shows how it goes on.`
  }
  const { by, answer } = refusal
  if (by === undefined) {
    return `${what} was left as it is before you, because nobody had said in time whether it goes on. Its message shows what may be done now.`
  }
  return `${by} has ${answer === 'resume' ? 'resumed' : 'left'} ${what.replace('T', 't')} before you, and the first word counts. Its message shows how it goes on.`
}
