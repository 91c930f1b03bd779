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
  /** The message is gone, and its thread with it, or closed to edits. */
  | { readonly kind: 'message' }
  /** The message stands, but nobody may reply to it. */
  | { readonly kind: 'thread' }
  /** Slack will not have what we send: again it would say the same. */
  | { readonly kind: 'content' }

/** `isReply`: what failed was a reply in a thread. What the workspace restricts then is the thread; the message may go on. */
export function troubleOf(error: unknown, isReply: boolean): Trouble {
  if (error instanceof WebAPIRateLimitedError) return { kind: 'too-fast', ms: error.retryAfter * 1_000 }
  const name = slackErrorOf(error)
  if (name === undefined || DOWN.has(name)) return { kind: 'down' }
  if (name.startsWith('restricted_action')) return { kind: isReply ? 'thread' : 'channel' }
  if (CHANNEL.has(name)) return { kind: 'channel' }
  if (MESSAGE.has(name)) return { kind: 'message' }
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

const MESSAGE = new Set([
  'message_not_found',
  'edit_window_closed',
  'cant_update_message',
  'thread_not_found',
  'invalid_thread_ts',
  'cannot_reply_to_message',
])
