import type { BlockAction, ButtonAction } from '@slack/bolt'
import { CHOICES, CLICK_ACTIONS, type Command } from '../command.ts'
import type { Clock } from '../ports/clock.ts'

/** The `action_id`s of our buttons. */
export const BUTTONS = new RegExp(`^(?:${[...CLICK_ACTIONS, ...CHOICES].join('|')})$`)

/**
 * A press as the command that it is; undefined: it is no button of a message of ours. The same press that Slack delivers
 * again has the same trigger; another person's, or another press, has another.
 */
export function commandOf(
  body: BlockAction<ButtonAction>,
  action: ButtonAction,
  clock: Clock,
): Command | undefined {
  const click = clickOf(action)
  // What one person alone sees comes without the message itself.
  const message = body.message?.ts ?? textIn(body.container, 'message_ts')
  const channel = body.channel?.id ?? textIn(body.container, 'channel_id')
  if (click === undefined || message === undefined || channel === undefined) return undefined
  return {
    trigger: `${channel}:${message}:${action.action_ts}:${body.user.id}`,
    actor: body.user.id,
    text: '',
    click,
    channel,
    responseUrl: body.response_url,
    receivedAt: clock.now(),
  }
}

function clickOf({ action_id, value = '' }: ButtonAction): Command['click'] {
  const click = CLICK_ACTIONS.find(one => one === action_id)
  if (click !== undefined) return { action: click, deployment: value }
  const choice = CHOICES.find(one => one === action_id)
  return choice && { action: choice, command: value }
}

function textIn(container: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = container[key]
  return typeof value === 'string' ? value : undefined
}
