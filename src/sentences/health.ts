import { secondsText } from './duration.ts'

/** For how long, in ms, each is not as it should be; 0: it is. */
export interface Condition {
  /** Slack's socket is down. */
  readonly deafMs: number
  /** The records do not answer. */
  readonly silentMs: number
  /** Slack does not show what happened. */
  readonly behindMs: number
}

/** Slack's limits, and its short outages, keep messages waiting on good days, too. */
const MOST_BEHIND_MS = 120_000

export interface Health {
  readonly isWell: boolean
  readonly text: string
}

/** What the health page says, a line for each. It holds nothing that a person typed, and no secret. `now` in ms since 1970. */
export function healthOf({ deafMs, silentMs, behindMs }: Condition, now: number): Health {
  const since = (ms: number): string =>
    `since ${new Date(now - ms).toISOString().replace(/\.\d+/, '')} (${secondsText(ms)})`
  const lines = [
    deafMs > 0
      ? problem(`Slack is not connected ${since(deafMs)}: no command is heard.`)
      : ok('Slack is connected.'),
    silentMs > 0
      ? problem(`The records do not answer ${since(silentMs)}: no command is accepted.`)
      : ok('The records answer.'),
    messagesLine(behindMs, since),
  ]
  return {
    isWell: lines.every(({ isOk }) => isOk),
    text: lines.map(({ isOk, text }) => `${isOk ? 'ok     ' : 'problem'}  ${text}\n`).join(''),
  }
}

function messagesLine(behindMs: number, since: (ms: number) => string): Line {
  if (behindMs === 0) return ok('Slack shows all that happened.')
  const text = `Slack does not show what happened ${since(behindMs)}`
  return behindMs > MOST_BEHIND_MS
    ? problem(`${text}: deployments go on, people do not see it.`)
    : ok(`${text}: up to ${secondsText(MOST_BEHIND_MS)} are usual.`)
}

interface Line {
  readonly isOk: boolean
  readonly text: string
}

function ok(text: string): Line {
  return { isOk: true, text }
}

function problem(text: string): Line {
  return { isOk: false, text }
}
