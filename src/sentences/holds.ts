import type { Deployment } from '../deployment.ts'
import type { Hold } from '../hold.ts'
import type { Refusal } from '../refusal.ts'
import { shortRevision } from '../revision.ts'
import { targetText } from '../target.ts'
import { agoText, secondsText } from './duration.ts'
import { oneLine } from './outside.ts'
import { code } from './phrases.ts'

const HOUR_MS = 3_600_000

/** Why nobody but the holder deploys a target, and how to go on. `command`: what is typed before the words. */
export function heldText(refusal: Refusal & { readonly reason: 'held' }, command: string): string {
  const { target, by, why, ageMs, leftMs } = refusal
  const name = targetText(target)
  return (
    `${name} is locked by ${by} (${agoText(0, ageMs)}${leftText(leftMs)}): ${quoted(why)}. ` +
    `Ask ${by}, or lift the lock first: ${code(`${command} unlock ${name}`)}.`
  )
}

export function notHeldText(refusal: Refusal & { readonly reason: 'not-held' }): string {
  return `${targetText(refusal.target)} is not locked, so there is nothing to unlock: whoever may deploy it can do so.`
}

/** For whoever has locked it. Names what the lock comes too late for. */
export function lockedText(
  { target, reason, until }: Hold,
  underway: readonly Deployment[],
  command: string,
  now: number,
): string {
  const name = targetText(target)
  const end = until === undefined ? '' : `, for ${spanText(until - now)}`
  return [
    `${name} is locked${end}: nobody but you can deploy it. The others read: ${quoted(reason)}. ` +
      `To lift it${until === undefined ? '' : ' sooner'}: ${code(`${command} unlock ${name}`)}.`,
    ...underway.map(
      ({ id, order, requestedBy, status }) =>
        `It does not stop what came before: deployment ${id} of ${shortRevision(order.revision)}, asked for by ${requestedBy}, ` +
        `${status === 'running' ? 'is running' : 'waits'}. To stop that: ${code(`${command} cancel ${name}`)}.`,
    ),
  ].join('\n')
}

/** For whoever has unlocked it: whose lock that was, when it was not their own. */
export function unlockedText({ target, by: holder, reason, since }: Hold, by: string, now: number): string {
  const whose =
    holder === by
      ? ''
      : ` It was the lock of ${holder}, set ${agoText(since, now)}: ${quoted(reason)}. Tell ${holder} that you lifted it.`
  return `${targetText(target)} is unlocked: whoever may deploy it can do so again.${whose}`
}

/** One line of the status. */
export function holdLine({ by, reason, since, until }: Hold, now: number): string {
  const left = leftText(until === undefined ? undefined : until - now)
  return `locked by ${by} ${agoText(since, now)}${left}: ${quoted(reason)}`
}

function leftText(ms: number | undefined): string {
  return ms === undefined ? '' : `, for another ${spanText(ms)}`
}

function spanText(ms: number): string {
  return ms < 48 * HOUR_MS ? secondsText(ms) : `${Math.round(ms / (24 * HOUR_MS))} days`
}

/** A backtick of theirs would pair with one of ours. */
function quoted(reason: string): string {
  return `“${oneLine(reason.replaceAll('`', "'"), 500)}”`
}
