/** The short names that the bot uses. What is not here is shown as it is written, `:name:`. */
const EMOJI: Readonly<Record<string, string>> = {
  grey_question: '❔',
  heavy_minus_sign: '➖',
  hourglass_flowing_sand: '⏳',
  raised_hand: '✋',
  rewind: '⏪',
  rocket: '🚀',
  warning: '⚠️',
  white_check_mark: '✅',
  x: '❌',
}

export function emojiNamed(name: string): string | undefined {
  return EMOJI[name]
}
