import type { Command } from '../command.ts'
import { MOST_A_MINUTE } from '../policy/flood.ts'
import type { Refusal } from '../refusal.ts'
import type { Bot } from './bot.ts'

/** Counts what asks hosts or git servers, and only if the person may: all else is answered in a moment. */
export function tooMany(bot: Bot, { actor, receivedAt }: Command): Refusal | undefined {
  const waitMs = bot.flood?.(actor, receivedAt)
  return waitMs === undefined ? undefined : { reason: 'too-many', perMinute: MOST_A_MINUTE, waitMs }
}
