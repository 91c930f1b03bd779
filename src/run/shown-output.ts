import { stripVTControlCharacters } from 'node:util'
import type { StepOutcome } from '../deployment.ts'

/** What is kept and shown of a failing step's output; the whole of it stays on the host. */
const MOST_CHARACTERS = 4_000

/**
 * Output as people may see it: the end of it, without terminal codes and control characters, secrets struck out. A step
 * that went well is told without its output.
 */
export function shownOutcome(outcome: StepOutcome, secrets: readonly string[]): StepOutcome {
  return { ...outcome, output: outcome.status === 'ok' ? '' : shownOutput(outcome.output, secrets) }
}

export function shownOutput(output: string, secrets: readonly string[]): string {
  const plain = stripVTControlCharacters(strike(output, secrets))
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{C}\n\t]/gu, '')
    .split('\n')
    .filter(line => !line.startsWith('::td '))
    .join('\n')
    .trim()
  return plain.length <= MOST_CHARACTERS ? plain : `… ${plain.slice(-MOST_CHARACTERS)}`
}

function strike(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (left, secret) => (secret.length < 4 ? left : left.replaceAll(secret, '[REDACTED]')),
    text,
  )
}
