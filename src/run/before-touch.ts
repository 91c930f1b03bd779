import type { Proof } from '../host-result.ts'
import type { Proving } from '../plan/moves.ts'
import { type Count, TOUCH_AGAIN_MS } from '../plan/proof.ts'
import type { HostWork, Stopped } from './host-work.ts'
import { isStopped, type Observer } from './observe.ts'

/** Counting costs a `docker exec`. */
export const COUNT_PAUSE_MS = 250

export interface Before {
  readonly kind: 'before'
  readonly rung: Proof
  /** Undefined where nothing needs to be counted. */
  readonly counted: Count | undefined
  readonly startedAt: string | undefined
}

/** What is true before the touch decides what can be proved after it. */
export async function lookBefore(
  work: HostWork,
  proving: Proving,
  eye: Observer,
  beforeReset: Count | undefined,
): Promise<Before | Stopped> {
  const hasUrl = eye.url !== undefined
  const before = async (rung: Proof, counted?: Count): Promise<Before | Stopped> => {
    const startedAt = rung === 'served' ? undefined : await eye.startOf()
    if (isStopped(startedAt)) return startedAt
    return { kind: 'before', rung, counted, startedAt }
  }
  if (proving.isFresh) return before(hasUrl ? 'served' : 'running')
  if (proving.reloadsByReset && beforeReset?.isUwsgi) {
    const counted = await letReloadPass(work, eye, beforeReset)
    if (isStopped(counted)) return counted
    work.note({ kind: 'reload-by-reset', file: proving.reloadsByReset })
    return before(hasUrl ? 'served' : 'reloaded', counted)
  }
  // A service that answers the new revision already reads it at each request: its answers prove nothing.
  const answer = await eye.hit()
  if (isStopped(answer)) return answer
  if (hasUrl && answer !== 'wanted') return before('served')
  if (answer === 'wanted') work.note({ kind: 'already-answered' })
  const counted = await eye.count()
  if (isStopped(counted)) return counted
  return before(counted.isUwsgi ? 'reloaded' : 'running', counted)
}

/** A reload that the reset set off must be over before we touch, or our touch falls into its boot and is forgotten. */
async function letReloadPass(work: HostWork, eye: Observer, before: Count): Promise<Count | Stopped> {
  const began = work.clock.monotonic()
  let now: Count | Stopped = before
  while (work.clock.monotonic() - began < TOUCH_AGAIN_MS) {
    now = await eye.count()
    if (isStopped(now) || now.reloads > before.reloads) return now
    await work.pause(COUNT_PAUSE_MS)
  }
  return now
}
