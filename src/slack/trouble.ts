import { WebAPIRateLimitedError } from '@slack/web-api'
import { slackErrorOf } from './client.ts'

/** What a failed call means for what is to be told. */
export type Trouble =
  /** Slack says for how long. */
  | { readonly kind: 'too-fast'; readonly ms: number }
  /** Slack is down, unreachable or will not have our token: the same call again, later. */
  | { readonly kind: 'down' }
  /** This channel will not have us. */
  | { readonly kind: 'channel' }
  /** The message is gone or closed to edits. */
  | { readonly kind: 'message' }
  /** There is no such thread to reply in. */
  | { readonly kind: 'thread' }
  /** Slack will not have what we send: again it would say the same. */
  | { readonly kind: 'content' }

export function troubleOf(error: unknown): Trouble {
  if (error instanceof WebAPIRateLimitedError) return { kind: 'too-fast', ms: error.retryAfter * 1_000 }
  const name = slackErrorOf(error)
  if (name === undefined || DOWN.has(name)) return { kind: 'down' }
  if (CHANNEL.has(name) || name.startsWith('restricted_action')) return { kind: 'channel' }
  if (MESSAGE.has(name)) return { kind: 'message' }
  if (THREAD.has(name)) return { kind: 'thread' }
  return { kind: 'content' }
}

const DOWN = new Set([
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'accesslimited',
  'access_denied',
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'missing_scope',
  'no_permission',
  'org_login_required',
])

const CHANNEL = new Set([
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'user_not_found',
  'user_disabled',
  'cannot_dm_bot',
  'messages_tab_disabled',
  'team_access_not_granted',
  'ekm_access_denied',
])

const MESSAGE = new Set(['message_not_found', 'edit_window_closed', 'cant_update_message'])

const THREAD = new Set(['thread_not_found', 'invalid_thread_ts', 'cannot_reply_to_message'])
