import type { Clock } from '../ports/clock.ts'

const ASK_EVERY_MS = 1_000
const ANSWER_WITHIN_MS = 2_000

/**
 * For how long, in ms, nothing has been answered; 0: the last question was. However often one wants to know, it is asked once a
 * second at most, one question at a time, and told after 2 s at the latest. A silence begins with a question, so with the first
 * that somebody wanted to know of.
 */
export function silenceOf(
  ask: () => Promise<unknown>,
  clock: Pick<Clock, 'monotonic'>,
): () => Promise<number> {
  let asking: Promise<void> | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let silentSince: number | undefined

  function question(at: number): Promise<void> {
    return Promise.resolve()
      .then(ask)
      .then(
        () => {
          silentSince = undefined
        },
        () => {
          silentSince ??= at
        },
      )
      .finally(() => {
        asking = undefined
      })
  }

  return async () => {
    const now = clock.monotonic()
    if (!asking && now - askedAt >= ASK_EVERY_MS) {
      askedAt = now
      asking = question(now)
    }
    await Promise.race([asking, passed(askedAt + ANSWER_WITHIN_MS - now)])
    if (asking) silentSince ??= askedAt
    return silentSince === undefined ? 0 : Math.max(1, clock.monotonic() - silentSince)
  }
}

function passed(ms: number): Promise<void> {
  return new Promise(resolve => void setTimeout(resolve, ms).unref())
}
