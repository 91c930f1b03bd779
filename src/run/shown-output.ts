import { stripVTControlCharacters } from 'node:util'
import type { StepOutcome } from '../step.ts'

/** What is kept and shown of a failing step's output; more of it stays on the host. */
const MOST_CHARACTERS = 4_000

/**
 * Output as people may see it: the end of it, without terminal codes and control characters, secrets struck out. A step
 * that went well is told without its output.
 */
export function shownOutcome(outcome: StepOutcome, secrets: readonly string[]): StepOutcome {
  const { durationMs } = outcome
  if (outcome.status === 'ok') return { status: 'ok', output: '', durationMs }
  const plain = plainOutput(outcome.output, secrets)
  const cutBytes = Buffer.byteLength(plain.slice(0, -MOST_CHARACTERS)) + cutOf(outcome)
  return { ...outcome, output: lastOf(plain), ...(cutBytes > 0 && { cutBytes }) }
}

function cutOf(outcome: StepOutcome): number {
  return outcome.status === 'unknown' ? 0 : (outcome.cutBytes ?? 0)
}

export function shownOutput(output: string, secrets: readonly string[]): string {
  return lastOf(plainOutput(output, secrets))
}

function lastOf(plain: string): string {
  return plain.length <= MOST_CHARACTERS ? plain : `… ${plain.slice(-MOST_CHARACTERS)}`
}

function plainOutput(output: string, secrets: readonly string[]): string {
  return stripVTControlCharacters(strike(output, secrets))
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{C}\n\t]/gu, '')
    .split('\n')
    .filter(line => !line.startsWith('::td '))
    .join('\n')
    .trim()
}

function strike(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (left, secret) => (secret.length < 4 ? left : left.replaceAll(secret, '[REDACTED]')),
    text,
  )
}
