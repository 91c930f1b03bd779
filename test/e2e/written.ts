import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestBot } from './bot.ts'

/** Everything that the bot wrote on its own machine, and what it said: where no secret may be. */
export function writtenBy({ folder, log, slack, threads }: TestBot): string {
  const files = readdirSync(folder).filter(name => name.startsWith('touchdown.db'))
  const written = files.map(name => readFileSync(join(folder, name), 'latin1'))
  return [log(), ...written, JSON.stringify([slack.calls, threads()])].join('\n')
}
