import { setTimeout as sleep } from 'node:timers/promises'
import { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import { apiUrl, callProblem, type SlackSettings, slackErrorOf, webClient } from './client.ts'
import { boltLogger } from './log.ts'

const CALL_TIMEOUT_MS = 10_000
const LONGEST_PAUSE_MS = 30_000

export interface TokenCheck {
  readonly slack: SlackSettings
  readonly log: Logger
  /** Gives up. */
  readonly signal?: AbortSignal
}

/** Slack will not have a token; the message is the line to print. */
export class TokenRejected extends Error {
  readonly variable: 'SLACK_BOT_TOKEN' | 'SLACK_APP_TOKEN'

  constructor(variable: TokenRejected['variable'], error: string) {
    const kind =
      variable === 'SLACK_BOT_TOKEN'
        ? 'bot token (xoxb-…, under "OAuth & Permissions")'
        : 'app-level token (xapp-…, with the scope connections:write, under "Basic Information")'
    super(
      `${variable} is not accepted: Slack says ${error}. Put the ${kind} of your Slack app there, then start again.`,
    )
    this.name = 'TokenRejected'
    this.variable = variable
  }
}

/** Who the bot token makes us. */
export interface Bot {
  readonly botToken: string
  readonly botId?: string
  readonly botUserId?: string
  readonly teamId?: string
}

/** Rejects with TokenRejected; as long as Slack cannot be reached it goes on trying. */
export async function whoWeAre(parts: TokenCheck): Promise<Bot> {
  const client = webClient(parts.slack, parts.log, CALL_TIMEOUT_MS)
  const { bot_id, user_id, team_id } = await untilReached(parts, 'SLACK_BOT_TOKEN', () => client.auth.test())
  return {
    botToken: parts.slack.botToken.reveal(),
    ...(bot_id === undefined ? {} : { botId: bot_id }),
    ...(user_id === undefined ? {} : { botUserId: user_id }),
    ...(team_id === undefined ? {} : { teamId: team_id }),
  }
}

/**
 * As {@link whoWeAre}, for the app-level token: the socket client itself would try some bad ones for ever. The address that
 * Slack answers stays unused and expires.
 */
export async function checkAppToken(parts: TokenCheck): Promise<void> {
  const { slack, log } = parts
  const client = new WebClient(slack.appToken.reveal(), {
    ...apiUrl(slack),
    logger: boltLogger(log),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: CALL_TIMEOUT_MS,
  })
  await untilReached(parts, 'SLACK_APP_TOKEN', () => client.apps.connections.open({}))
}

const BAD_TOKEN = new Set([
  'invalid_auth',
  'not_authed',
  'not_allowed_token_type',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'missing_scope',
  'no_permission',
  'user_removed_from_team',
  'team_disabled',
])

async function untilReached<T>(
  { log, signal }: TokenCheck,
  variable: TokenRejected['variable'],
  call: () => Promise<T>,
): Promise<T> {
  for (let pauseMs = 1_000; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    signal?.throwIfAborted()
    try {
      return await call()
    } catch (error) {
      const name = slackErrorOf(error)
      if (name !== undefined && BAD_TOKEN.has(name)) throw new TokenRejected(variable, name)
      log.warn(`${callProblem(error)}. It is tried again in ${pauseMs / 1_000} s.`)
    }
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal })
  }
}
