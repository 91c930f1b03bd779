import type { Revision } from '../deployment.ts'
import { type Circumstances, planPreparation } from '../plan/code.ts'
import { type Facts, readFacts } from '../plan/facts.ts'
import { logs, look } from '../plan/steps.ts'
import { type HostWork, notesIn, type Stopped, stopped, take, takeQuietly } from './host-work.ts'
import { shownOutput } from './shown-output.ts'

export interface Prepared {
  readonly kind: 'prepared'
  /** What was checked out before. */
  readonly head: Revision | undefined
}

/** Looks, and brings the commit to the host. Nothing that runs is changed. `fetching` limits fetches over all hosts. */
export async function prepare(
  work: HostWork,
  fetching: <Value>(fetch: () => Promise<Value>) => Promise<Value>,
): Promise<Prepared | Stopped> {
  const facts = await lookAround(work)
  if (facts.kind === 'stopped') return facts
  const plan = planPreparation(work.order, circumstances(work, facts.facts))
  if (plan.kind === 'impossible') return impossible(work, plan.because)
  for (const step of plan.moves) {
    const taken = await fetching(() => take(work, step))
    if (taken.kind === 'stopped') return taken
    for (const note of notesIn(taken.output, work.order, work.maker.deployment)) work.note(note)
  }
  return { kind: 'prepared', head: facts.facts.head }
}

export async function lookAround(work: HostWork): Promise<{ kind: 'seen'; facts: Facts } | Stopped> {
  const seen = await take(work, look(work.order))
  return seen.kind === 'stopped' ? seen : { kind: 'seen', facts: readFacts(seen.output) }
}

export function circumstances(work: HostWork, facts: Facts): Circumstances {
  const { host, maker, digest, secretOf } = work
  return { host, facts, maker, digest, secretOf }
}

/** A container in a restart loop says why in its logs. */
export async function impossible(work: HostWork, because: Stopped['because']): Promise<Stopped> {
  if (because.kind !== 'container-restarting') return stopped('look', because)
  const said = await takeQuietly(work, logs(because.container))
  return stopped('look', {
    ...because,
    output: said.kind === 'ok' ? shownOutput(said.output, work.secrets) : '',
  })
}
