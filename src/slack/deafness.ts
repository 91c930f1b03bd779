import type { Clock } from '../ports/clock.ts'

const LOOK_EVERY_MS = 1_000
/** Looks so far apart: this process was stopped, or its machine slept. */
const ASLEEP_MS = 10_000

export interface Deafness {
  /** For how long Slack could not be heard, of the time in which it could have been connected to; 0: it is heard. */
  deafMs(): number
  close(): void
}

/**
 * Watches from the start on whether Slack is connected. `onLimit` is called once, when it was not for so long without a break;
 * time in which this process did not run makes it start counting again, so that it can connect after it woke up.
 */
export function watchDeafness(parts: {
  readonly isConnected: () => boolean
  readonly clock: Pick<Clock, 'monotonic'>
  /** Undefined: never. */
  readonly limitMs: number | undefined
  readonly onLimit: () => void
}): Deafness {
  const { isConnected, clock, limitMs = Number.POSITIVE_INFINITY, onLimit } = parts
  let lookedAt = clock.monotonic()
  let deafSince = lookedAt

  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()
  function look(): void {
    const now = clock.monotonic()
    if (isConnected() || now - lookedAt >= ASLEEP_MS) deafSince = now
    lookedAt = now
    if (now - deafSince < limitMs) return
    clearInterval(timer)
    onLimit()
  }

  return {
    deafMs: () => (isConnected() ? 0 : clock.monotonic() - deafSince),
    close: () => clearInterval(timer),
  }
}
