import type { Note } from '../event.ts'
import { containerOf, verbOf } from '../plan/replica.ts'
import type { Step } from '../step.ts'
import { type HostWork, isUnknown, type Stopped, take } from './host-work.ts'

/**
 * Takes back what was done, and goes on where a step of it fails, so that nothing stays half-way that need not: what went wrong
 * first is the end, the rest is noted. `first`: what made it necessary, if anything on this host did. Only a session that says
 * nothing any more comes before it, because then nobody knows what is there. Where a container could not be brought back, the
 * others of several are left: they may be the only ones that serve.
 */
export async function takeBack(
  work: HostWork,
  steps: readonly Step[],
  first?: Stopped,
): Promise<Stopped | undefined> {
  if (first && isUnknown(first.because)) return first
  let stop = first
  let broken = first && notBroughtBack(first)
  const left = new Set<string>()
  for (const step of steps) {
    const container = containerOf(step.name)
    if (broken !== undefined && container !== undefined && container !== broken) {
      left.add(container)
      continue
    }
    const back = await take(work, step)
    if (back.kind === 'ok') {
      if (step.name === 'put-back') work.note(revisionPutBack(step, 'replaced'))
      continue
    }
    const isOver = isUnknown(back.because)
    if (stop) {
      const { because, step: at } = isOver ? stop : back
      work.note({ kind: 'also-stopped', step: at, because })
    }
    if (isOver) return back
    stop ??= back
    broken ??= notBroughtBack(back)
  }
  if (left.size > 0) work.note({ kind: 'left-replaced', containers: [...left] })
  return stop
}

/** One of several containers that does not run, neither the new one nor the old one. */
function notBroughtBack({ step, because }: Stopped): string | undefined {
  const isNone =
    verbOf(step) === 'swap-back' ||
    (verbOf(step) === 'swap' && because.kind === 'exit' && because.code === 72)
  return isNone ? containerOf(step) : undefined
}

export function revisionPutBack(
  step: Step,
  loadedBy: (Note & { kind: 'put-back' })['loadedBy'],
): Note & { kind: 'put-back' } {
  return { kind: 'put-back', revision: step.call.at(-1)?.toString() ?? '', loadedBy }
}
