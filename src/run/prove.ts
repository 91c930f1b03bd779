import type { Because } from '../because.ts'
import type { Proof } from '../host-result.ts'
import type { Proving } from '../plan/code.ts'
import { type Count, next, TOUCH_AGAIN_MS, type Watch } from '../plan/proof.ts'
import type { Step } from '../step.ts'
import { type HostWork, type Stopped, stopped, take } from './host-work.ts'
import { isStopped, type Observer, observer } from './observe.ts'

const ASK_PAUSE_MS = 30
const COUNT_PAUSE_MS = 250
/** Without `verify` nothing says how long to wait. */
const DEFAULT_TIMEOUT_MS = 30_000

/** One container that is about to be proved. */
export interface Watched {
  readonly proving: Proving
  readonly url: string | undefined
  /** Reloads counted before a reset that set one off by itself. */
  readonly beforeReset: Count | undefined
}

/** The reload file of all these containers is touched; each can be asked for the best proof that it can give. */
export interface Touched {
  readonly kind: 'touched'
  proofOf(index: number): Promise<{ kind: 'proved'; proof: Proof } | Stopped>
}

/** What can be proved after the touch is decided by what is true of each container before it. */
export async function touchFor(
  work: HostWork,
  touch: Step | undefined,
  watched: readonly Watched[],
): Promise<Touched | Stopped> {
  const subjects: Subject[] = []
  for (const { proving, url, beforeReset } of watched) {
    const eye = observer(work, proving, url)
    const before = await lookBefore(work, proving, eye, beforeReset)
    if (before.kind === 'stopped') return before
    subjects.push({ proving, eye, before })
  }
  const touches = { step: touch, count: 0, lastMs: work.clock.monotonic() }
  if (touch) {
    const touched = await touchAgain(work, touches)
    if (touched.kind === 'stopped') return touched
  }
  return {
    kind: 'touched',
    async proofOf(index) {
      const subject = subjects[index]
      return subject ? proofOf(work, subject, touches) : stopped('verify', NO_SUBJECT)
    },
  }
}

const NO_SUBJECT: Because = { kind: 'fault', detail: 'nothing was watched' }

interface Subject {
  readonly proving: Proving
  readonly eye: Observer
  readonly before: Before
}

/** Containers that share a file share its touches, too. */
interface Touches {
  readonly step: Step | undefined
  count: number
  lastMs: number
}

async function touchAgain(work: HostWork, touches: Touches): Promise<{ kind: 'ok' } | Stopped> {
  if (!touches.step) return { kind: 'ok' }
  const touched = await take(work, touches.step)
  touches.lastMs = work.clock.monotonic()
  touches.count += 1
  return touched
}

async function proofOf(
  work: HostWork,
  subject: Subject,
  touches: Touches,
): Promise<{ kind: 'proved'; proof: Proof } | Stopped> {
  const { proving, eye, before } = subject
  const end = await watchUntilProved(work, subject, touches)
  if (end.kind === 'stopped') return end
  if (end.proof !== 'running') return end
  const startedAt = await eye.startOf()
  if (isStopped(startedAt)) return startedAt
  // Not running before and not running now is no proof of running.
  if (startedAt !== undefined && startedAt === before.startedAt) return end
  return stopped(proving.name, { kind: 'container-restarted', container: proving.replica.name })
}

interface Before {
  readonly kind: 'before'
  readonly rung: Proof
  /** Undefined where nothing needs to be counted. */
  readonly counted: Count | undefined
  readonly startedAt: string | undefined
}

/** What is true before the touch decides what can be proved after it. */
async function lookBefore(
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

async function watchUntilProved(
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
