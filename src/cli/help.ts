import { helpText } from '../sentences/help.ts'

/** What `touchdown help` prints: the words that Slack takes, and the terminal's own. */
export function terminalHelp(): string {
  return [helpText('touchdown'), '', 'Only here, beside the configuration:', ...OWN].join('\n')
}

const OWN = [
  '`touchdown start` runs the bot until it is told to stop.',
  '`touchdown check` tries every host and repository of touchdown.yml; it changes nothing.',
  '`touchdown catch-up` goes on with records that were restored from an older copy, which the hosts refuse.',
  '`touchdown audit --export jsonl` prints every decision that was made, refusals too; `csv` is for spreadsheets.',
  '`touchdown trust <host>` shows the key that a host offers and, on yes, adds it to the known_hosts file.',
]
