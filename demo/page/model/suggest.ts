import type { Shown } from '../../web/shown.ts'

const MOST = 10

/** The commands that what is typed so far may become. */
export function suggestionsFor(typed: string, commands: Shown['commands']): Shown['commands'] {
  if (!typed.startsWith('/')) return []
  const start = typed.toLowerCase()
  return commands
    .filter(({ text }) => text.toLowerCase().startsWith(start) && text.toLowerCase() !== start.trimEnd())
    .slice(0, MOST)
}
