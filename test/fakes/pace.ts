import type { Pace } from '../../src/slack/pace.ts'

/** Time that passes at once: a wait ends on the next turn of the event loop, and the clock has moved by it. */
export function quickPace(): Pace & { advance(ms: number): void } {
  let now = 0
  return {
    now: () => now,
    advance(ms) {
      now += ms
    },
    wait: (ms, signal) =>
      new Promise(resolve => {
        if (signal.aborted) return resolve()
        let isOver = false
        const done = (): void => {
          if (isOver) return
          isOver = true
          resolve()
        }
        signal.addEventListener('abort', done, { once: true })
        if (ms === Number.POSITIVE_INFINITY) return
        setImmediate(() => {
          if (!isOver) now += Math.max(ms, 0)
          done()
        })
      }),
  }
}
