import type { BlockAction, ButtonAction } from '@slack/bolt'
import { CLICK_ACTIONS, type Clock, type Command } from '../ports.ts'

/** The `action_id`s of our buttons. */
export const BUTTONS = new RegExp(`^(?:${CLICK_ACTIONS.join('|')})$`)

/**
 * A press as the command that it is; undefined: it is no button of a message of ours. The same press that Slack delivers
 * again has the same trigger; another person's, or another press, has another.
 */
export function commandOf(
  body: BlockAction<ButtonAction>,
  action: ButtonAction,
  clock: Clock,
): Command | undefined {
  const known = CLICK_ACTIONS.find(one => one === action.action_id)
  const message = body.message?.ts
  const channel = body.channel?.id
  if (known === undefined || message === undefined || channel === undefined) return undefined
  return {
    trigger: `${channel}:${message}:${action.action_ts}:${body.user.id}`,
    actor: body.user.id,
    text: '',
    click: { action: known, deployment: action.value ?? '' },
    channel,
    responseUrl: body.response_url,
    receivedAt: clock.now(),
  }
}
