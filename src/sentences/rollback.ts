import type { Refusal } from '../refusal.ts'
import { shortRevision } from '../revision.ts'
import { type TargetId, targetText } from '../target.ts'
import { statusText } from './history.ts'
import { code, list } from './phrases.ts'

/** Why there is no going back while something goes forward. `command`: what is typed before the words. */
export function unfinishedText(
  refusal: Refusal & { readonly reason: 'unfinished' },
  command: string,
): string {
  const { target, deployment, revision, by } = refusal
  const name = targetText(target)
  if (refusal.asked === 'retry') {
    return (
      `${name} is not retried while another deployment of it waits or runs: ${deployment} of ${shortRevision(revision)}, asked for by ` +
      `${by}. Wait for its end, which says what is left to do, or stop it with ${code(`${command} cancel ${name}`)}.`
    )
  }
  return (
    `${name} is not rolled back while a deployment of it waits or runs: ${deployment} of ${shortRevision(revision)}, asked for ` +
    `by ${by}. Wait for its end, or stop it with ${code(`${command} cancel ${name}`)}, then type it again.`
  )
}

/** Why what was right to bring back is so no more. */
export function overtakenText(refusal: Refusal & { readonly reason: 'overtaken' }, command: string): string {
  const { target, deployment, revision, by, status } = refusal
  const name = targetText(target)
  if (refusal.asked === 'retry') {
    return (
      `${name} is not retried, because another deployment of it has begun since: ${deployment} of ${shortRevision(revision)}, asked for ` +
      `by ${by}, which ${statusText(status)}. To see what is there now: ${code(`${command} status ${target.service}`)}.`
    )
  }
  return (
    `${name} is not rolled back, because another deployment of it has begun since: ${deployment} of ${shortRevision(revision)}, ` +
    `asked for by ${by}, which ${statusText(status)}. To go back from what is there now: ${code(`${command} rollback ${name}`)}.`
  )
}

export function askedAlreadyText(refusal: Refusal & { readonly reason: 'asked-already' }): string {
  const { isRollback, target, deployment, revision, by } = refusal
  const [what, to] = isRollback ? ['rollback', 'to'] : ['deployment', 'with']
  return (
    `The ${what} of ${targetText(target)} ${to} ${shortRevision(revision)} waits for its approval already: ${deployment}, asked for by ` +
    `${by}. It is approved, rejected or cancelled with the buttons of its message in Slack.`
  )
}

export function notOfferedText(
  { target, offer }: Refusal & { readonly reason: 'not-offered' },
  command: string,
): string {
  const name = targetText(target)
  switch (offer) {
    case 'retry':
      return (
        `The records show no host of ${name} on which this deployment could be done again, so nothing was done. To see what is there ` +
        `now: ${code(`${command} status ${target.service}`)}.`
      )
    case 'rollback':
      return (
        `What this button offered is not what a rollback of ${name} brings back by now, so nothing was done. To go back from what is ` +
        `there now: ${code(`${command} rollback ${name}`)}.`
      )
    case 'lock':
      return (
        `This button was for the moment after a rollback of ${name}, and another deployment has begun since, so nothing was done. To lock ` +
        `it all the same: ${code(`${command} lock ${name} <reason>`)}.`
      )
  }
}

export function noRollbackText(
  { target, typed, known }: Refusal & { readonly reason: 'no-rollback' },
  command: string,
): string {
  const name = targetText(target)
  const which = typed === undefined ? 'no earlier commit' : `no commit ${code(typed)}`
  const choice =
    choiceText(target, known, command) ??
    `To deploy any other commit: ${code(`${command} ${target.service} <ref>${to(target)}`)}.`
  return `The records show ${which} that succeeded on every host of ${name}. ${choice}`
}

export function noImageText(
  { target, revision, known }: Refusal & { readonly reason: 'no-image' },
  command: string,
): string {
  const short = shortRevision(revision)
  const choices = choiceText(target, known, command)
  return [
    `${short} ran in another container than the one that is there now, and the records do not show of which one image it was on all ` +
      `hosts of ${targetText(target)}. To bring it in a new container of today's image: ` +
      `${code(`${command} ${target.service} ${short}${to(target)} --full`)}.`,
    ...(choices ? [choices] : []),
  ].join(' ')
}

function choiceText(target: TargetId, known: readonly string[], command: string): string | undefined {
  if (known.length === 0) return undefined
  return `You can roll back to ${list(known, 'or')}: ${code(`${command} rollback ${target.service} <revision>${to(target)}`)}.`
}

function to(target: TargetId): string {
  return targetText(target).slice(target.service.length)
}
