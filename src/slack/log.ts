import { type Logger as BoltLogger, LogLevel } from '@slack/bolt'
import type { Logger } from 'pino'

/**
 * Bolt's and the Web API client's words in our log. Their debug level holds whole bodies and socket frames, so it goes
 * nowhere; their info level is chatter of ours at debug.
 */
export function boltLogger(log: Logger): BoltLogger {
  return {
    debug: () => {},
    info: (...parts) => log.debug(lineOf(parts)),
    warn: (...parts) => log.warn(lineOf(parts)),
    error: (...parts) => log.error(lineOf(parts)),
    setLevel: () => {},
    // A level that is not debug also spares them the work of making those lines.
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  }
}

const TOKEN = /\bx(?:ox[a-z]|app)-[\w-]+/g
/** The ticket in a socket's address opens that socket. */
const TICKET = /(ticket=)[^&\s]+/g

function lineOf(parts: readonly unknown[]): string {
  const line = parts.map(part => (part instanceof Error ? part.message : String(part))).join(' ')
  return line.replace(TOKEN, '[REDACTED]').replace(TICKET, '$1[REDACTED]').slice(0, 1_000)
}
