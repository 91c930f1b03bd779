/**
 * What Slack allows, kept a little under. Within any minute at most `burst` + `perMinute` calls go out: 48 edits where Slack
 * has "50+" for the whole app, 59 posts to a channel where it has about one a second with short bursts.
 */
export const EDITS = { perMinute: 40, burst: 8 } as const
export const POSTS = { perMinute: 55, burst: 4 } as const

/** A bucket of tokens. Times are the publisher's own clock, in milliseconds. */
export interface Bucket {
  /** When so many tokens will be there, now included. */
  readyAt(now: number, tokens: number): number
  take(now: number): void
}

export function bucket({ perMinute, burst }: { readonly perMinute: number; readonly burst: number }): Bucket {
  const msPerToken = 60_000 / perMinute
  let tokens: number = burst
  let since = 0
  const fill = (now: number): void => {
    tokens = Math.min(burst, tokens + Math.max(now - since, 0) / msPerToken)
    since = now
  }
  return {
    readyAt(now, wanted) {
      fill(now)
      return tokens >= wanted ? now : now + (wanted - tokens) * msPerToken
    },
    take(now) {
      fill(now)
      tokens -= 1
    },
  }
}

const FIRST_BACKOFF_MS = 500
const LONGEST_BACKOFF_MS = 30_000

/** Holds back one method of the Web API, and no other, after it said no. */
export interface Gate {
  readyAt(now: number): number
  /** Slack said how long. */
  holdFor(now: number, ms: number): void
  /** Slack was down or unreachable: longer each time, at most 30 s, for as long as it takes. */
  backOff(now: number): void
  wentWell(): void
}

export function gate(): Gate {
  let until = 0
  let failures = 0
  return {
    readyAt: now => Math.max(until, now),
    holdFor(now, ms) {
      until = now + ms
    },
    backOff(now) {
      until = now + Math.min(FIRST_BACKOFF_MS * 2 ** failures, LONGEST_BACKOFF_MS)
      failures += 1
    },
    wentWell() {
      failures = 0
    },
  }
}
