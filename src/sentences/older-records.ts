import type { Deployment } from '../deployment.ts'
import type { Beyond } from '../plan/fences.ts'
import { together } from './outside.ts'

/** What a host knows that the records do not. */
export function olderRecordsText({ seen, given }: Beyond): string {
  return (
    `attempt ${seen} of this installation was there before, and the records had given no number above ${given}: ` +
    'the database went back in time, as when an older copy of it is restored.'
  )
}

export const CATCH_UP_TEXT =
  "See that no bot runs on a newer copy of it, then run on the bot's machine: touchdown catch-up"

/** What became of `touchdown catch-up`. `stopped`: what waited. `unasked`: hosts that may have seen higher numbers. */
export function caughtUpText(
  beyond: Beyond | undefined,
  stopped: readonly Deployment[],
  unasked: readonly string[],
): string {
  const done = beyond
    ? `The hosts have seen attempt ${beyond.seen}, and the records had given ${beyond.given} at most: from now on they give higher numbers. Deploy again.`
    : 'No host has seen a number that the records have not given: there was nothing to do.'
  const names = stopped.map(({ id, order }) => `${order.target.service} (${id})`)
  const waited =
    names.length === 0
      ? ''
      : `\nWhat waited was cancelled, for others may have followed it since that copy was made: ${names.join(', ')}.`
  if (unasked.length === 0) return `${done}${waited}`
  return `${done}${waited}\n${together(unasked)} could not be asked: touchdown check says why. Then run touchdown catch-up again.`
}
