import type { Rehearsed } from '../event.ts'
import type { Step } from '../step.ts'
import type { Move } from './moves.ts'
import type { HostRehearsal } from './rehearsal.ts'

/** A host's rehearsal as it is recorded beside the request for an approval: names and words of its steps, without secrets. */
export function rehearsed(rehearsal: HostRehearsal): Rehearsed {
  const { host } = rehearsal
  if (rehearsal.kind === 'impossible') return { host, steps: [], because: rehearsal.because }
  const steps = [...rehearsal.preparation, ...rehearsal.activation.flatMap(stepsOf)]
  return { host, steps: steps.map(recordable), because: undefined }
}

function stepsOf(move: Move): readonly Step[] {
  switch (move.kind) {
    case 'step':
    case 'check-mount':
    case 'preflight':
    case 'swap':
    case 'tidy':
      return [move.step]
    case 'count':
      return []
    case 'prove':
      return move.touch ? [move.touch] : []
  }
}

/** A Secret shows as [REDACTED]. */
function recordable({ name, call }: Step): Rehearsed['steps'][number] {
  return { name, call: call.map(String) }
}
