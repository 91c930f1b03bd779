import type { Because } from '../because.ts'
import type { Proof } from '../host-result.ts'
import type { Proving } from '../plan/moves.ts'
import { type Count, next, type Watch } from '../plan/proof.ts'
import type { Step } from '../step.ts'
import { type Before, COUNT_PAUSE_MS } from './before-touch.ts'
import { type HostWork, type Stopped, stopped, take } from './host-work.ts'
import { isStopped, type Observer } from './observe.ts'

const ASK_PAUSE_MS = 30

/** Without `verify` nothing says how long to wait. */
const DEFAULT_TIMEOUT_MS = 30_000

export interface Subject {
  readonly proving: Proving
  readonly eye: Observer
  readonly before: Before
}

/** Containers that share a file share its touches, too. */
export interface Touches {
  readonly step: Step | undefined
  count: number
  lastMs: number
}

/** Asks again and again until the container has proved what it can, or its time is over. */
export async function watchUntilProved(
  work: HostWork,
  { proving, eye, before }: Subject,
  touches: Touches,
): Promise<{ kind: 'proved'; proof: Proof } | Stopped> {
  const { order, clock } = work
  const timeoutMs = order.verify?.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const first = clock.monotonic()
  let watch: Watch = {
    rung: before.rung,
    elapsedMs: 0,
    sinceTouchMs: 0,
    touches: 0,
    inARow: 0,
    last: 'none',
    isMixed: false,
    count: 'not-asked',
    mustCount: before.counted?.isUwsgi === true,
  }
  for (;;) {
    const seen = await observeOnce(eye, watch, before.counted)
    if ('kind' in seen) return seen
    const now = clock.monotonic()
    const touched = proving.isFresh
      ? { touches: 0, sinceTouchMs: now - first }
      : { touches: touches.count, sinceTouchMs: now - touches.lastMs }
    watch = { ...watch, ...seen, ...touched, elapsedMs: now - first }
    const move = next(watch, order.verify, timeoutMs)
    switch (move.kind) {
      case 'proved':
        return move
      case 'give-up':
        return stopped(proving.name, notProved(work, eye, watch))
      case 'settle-for-running':
        watch = { ...watch, rung: 'running' }
        break
      case 'touch-again': {
        work.note({ kind: 'touched-again', afterMs: Math.round(watch.sinceTouchMs) })
        const again = await touchAgain(work, touches)
        if (again.kind === 'stopped') return again
        break
      }
      case 'wait':
        await work.pause(watch.rung === 'served' ? ASK_PAUSE_MS : COUNT_PAUSE_MS)
    }
  }
}

/** Counting costs a `docker exec`: only where answers alone do not decide. */
async function observeOnce(
  eye: Observer,
  watch: Watch,
  counted: Count | undefined,
): Promise<Pick<Watch, 'last' | 'inARow' | 'isMixed' | 'count'> | Stopped> {
  let count = watch.count
  const recount = async () => {
    const now = await eye.count()
    if (!isStopped(now)) count = now.isUwsgi && now.reloads > (counted?.reloads ?? -1) ? 'moved' : 'still'
    return now
  }
  // Counted before it is asked: an answer from before the reload says nothing about what was loaded.
  if (watch.rung === 'reloaded') {
    const now = await recount()
    if (isStopped(now)) return now
  }
  const last = await eye.hit()
  if (isStopped(last)) return last
  if (watch.rung === 'served' && watch.mustCount && last === 'wanted' && count !== 'moved') {
    const now = await recount()
    if (isStopped(now)) return now
  }
  const isMixed = watch.isMixed || (watch.last === 'wanted' && last === 'other')
  return { last, inARow: last === 'wanted' ? watch.inARow + 1 : 0, isMixed, count }
}

function notProved({ order }: HostWork, eye: Observer, watch: Watch): Because {
  const afterMs = Math.round(watch.elapsedMs)
  if (!eye.url || watch.last === 'wanted') return { kind: 'not-reloaded', afterMs }
  return { kind: 'not-served', url: eye.url, wanted: order.revision, seen: eye.seen(), afterMs }
}

/** Nothing, where all containers are fresh. */
export async function touchAgain(work: HostWork, touches: Touches): Promise<{ kind: 'ok' } | Stopped> {
  if (!touches.step) return { kind: 'ok' }
  const touched = await take(work, touches.step)
  touches.lastMs = work.clock.monotonic()
  touches.count += 1
  return touched
}
