import { CHANNEL, type TestBot } from './bot.ts'

/** The message of a deployment, counted from the first of this bot. */
export function messageOf({ slack }: TestBot, number: number) {
  return slack.waitFor(
    ({ messages }) =>
      messages(CHANNEL).filter(each => each.thread_ts === undefined && each.via === 'chat.postMessage')[
        number - 1
      ],
    30_000,
    `message ${number}`,
  )
}

/** Presses the button as soon as the message has it; a stale one stands on a screen that was not drawn again. */
export async function press(
  bot: TestBot,
  user: string,
  actionId: string,
  number: number,
  stale = false,
): Promise<void> {
  const { ts } = await messageOf(bot, number)
  const has = () =>
    bot.slack
      .messages(CHANNEL)
      .some(each => each.ts === ts && JSON.stringify(each.blocks).includes(`"${actionId}"`))
  await bot.slack.waitFor(() => stale || has() || undefined, 60_000, `the button ${actionId}`)
  const confirms = actionId === 'lock' || actionId === 'leave' ? {} : { confirms: true as const }
  await bot.slack.click({ user, message: { channel: CHANNEL, ts }, actionId, stale, ...confirms })
}
