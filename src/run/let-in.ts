import type { Sighting } from '../host-result.ts'
import { hook } from '../plan/drain.ts'
import { replicasOf } from '../plan/replica.ts'
import { hold, release } from '../plan/steps.ts'
import type { Step } from '../step.ts'
import { type HostWork, take, takeQuietly } from './host-work.ts'
import { sight } from './sight.ts'

/** Nothing else is to change this host now. */
const HOST_LOCK_WAIT_MS = 60_000

/**
 * Lets in what a bot or a link that was lost has left drained: what runs and, where it can be asked, serves what is checked out.
 * Anything else stays out. What is there afterwards is given back.
 */
export async function letInAgain(work: HostWork, now: Sighting): Promise<Sighting> {
  const steps = stepsFor(work, now)
  if (steps.length === 0) return now
  const held = await takeQuietly(work, hold(HOST_LOCK_WAIT_MS))
  if (held.kind === 'stopped') {
    work.note({ kind: 'also-stopped', step: held.step, because: held.because })
    return now
  }
  for (const { step, container } of steps)
    if ((await take(work, step)).kind === 'ok') work.note({ kind: 'let-in', container })
  await takeQuietly(work, release())
  return (await sight(work, work.session)) ?? now
}

function stepsFor(
  { order, host }: HostWork,
  now: Sighting,
): readonly { readonly step: Step; readonly container: string }[] {
  return replicasOf(order).flatMap((replica, index) => {
    const seen = now.replicas ? now.replicas[index] : now
    const isWell = seen?.container === 'running' && (!order.verify || seen.served === now.head)
    const step = seen?.drained && isWell && hook('after_replace', order, replica, host)
    return step ? [{ step, container: replica.name }] : []
  })
}
