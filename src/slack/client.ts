import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
} from '@slack/web-api'
import type { Logger } from 'pino'
import type { Settings } from '../config/config.ts'
import { boltLogger } from './log.ts'

export type SlackSettings = NonNullable<Settings['slack']>

/**
 * A client that tries each call once and says at once what became of it: who calls decides what is tried again. Each
 * purpose has its own, for the client holds back all its calls after one 429 (@slack/web-api 8.2.0).
 */
export function webClient(slack: SlackSettings, log: Logger, timeoutMs: number): WebClient {
  return new WebClient(slack.botToken.reveal(), {
    ...apiUrl(slack),
    logger: boltLogger(log),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
  })
}

/** A fresh object for each client: the socket client writes into what it gets (@slack/socket-mode 3.1.0). */
export function apiUrl(slack: SlackSettings): { slackApiUrl?: string } {
  return slack.apiUrl === undefined ? {} : { slackApiUrl: slack.apiUrl }
}

/** Slack's own name of the error, when Slack itself said no. */
export function slackErrorOf(error: unknown): string | undefined {
  return error instanceof WebAPIPlatformError ? error.data.error : undefined
}

/** Why a call failed, short, for logs and sentences; never holds a token or what was sent. */
export function callProblem(error: unknown): string {
  if (error instanceof WebAPIPlatformError) return `Slack says ${error.data.error}`
  if (error instanceof WebAPIRateLimitedError) return `Slack asks to wait ${error.retryAfter} s`
  if (error instanceof WebAPIHTTPError) return `Slack answers HTTP ${error.statusCode}`
  if (error instanceof WebAPIRequestError) return `Slack cannot be reached (${causeOf(error.original)})`
  return error instanceof Error ? error.message : String(error)
}

/** Whether what was sent may have been done all the same: no answer came, and it was not for want of a connection. */
export function mayHaveArrived(error: unknown): boolean {
  return error instanceof WebAPIRequestError && !UNCONNECTED.has(causeOf(error.original))
}

const UNCONNECTED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** `fetch failed` says nothing; its cause does. */
function causeOf(error: Error): string {
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
  return code ?? cause.message
}
