/** The publisher's time: tests bring their own, so that an hour of outage passes at once. */
export interface Pace {
  /** Milliseconds on a clock that never jumps. */
  now(): number
  /** Resolves after the time or at once when the signal is given; `Infinity` waits for the signal alone. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

const LONGEST_TIMER_MS = 2_147_483_647

export const realPace: Pace = {
  now: () => performance.now(),
  wait: (ms, signal) =>
    new Promise(resolve => {
      if (signal.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = ms < LONGEST_TIMER_MS ? setTimeout(done, Math.max(ms, 0)) : undefined
      signal.addEventListener('abort', done)
    }),
}
