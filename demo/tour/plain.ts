import type { LocalSlack } from '../slack/local-slack.ts'

/** A message's text as a terminal shows it: mentions by name, links by their words, times by their fallback. */
export function plainText(text: string, { workspace }: Pick<LocalSlack, 'workspace'>): string {
  return text
    .replace(/<@([UW]\w+)(?:\|[^>]*)?>/g, (_, id: string) => `@${workspace.users.get(id)?.name ?? id}`)
    .replace(/<#(C\w+)(?:\|[^>]*)?>/g, (_, id: string) => `#${workspace.channels.get(id)?.name ?? id}`)
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<[^|<>]+\|([^<>]*)>/g, '$1')
    .replace(/<(https?:[^<>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
