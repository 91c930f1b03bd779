import type { Circumstances } from '../plan/circumstances.ts'
import { type Facts, readFacts } from '../plan/facts.ts'
import { preparationOf } from '../plan/plan.ts'
import { logs, look } from '../plan/steps.ts'
import type { Revision } from '../revision.ts'
import { type HostWork, type Stopped, stopped, take, takeQuietly } from './host-work.ts'
import { shownOutput } from './shown-output.ts'

export interface Prepared {
  readonly kind: 'prepared'
  /** What was checked out before. */
  readonly head: Revision | undefined
}

/** Does what it is given when its turn comes. */
export type InTurn = <Value>(work: () => Promise<Value>) => Promise<Value>

/**
 * Looks, and brings the commit and the image to the host. Nothing that runs is changed. `turns` orders fetches and pulls over all
 * hosts.
 */
export async function prepare(
  work: HostWork,
  turns: { readonly fetch: InTurn; readonly pull: InTurn },
): Promise<Prepared | Stopped> {
  const facts = await lookAround(work)
  if (facts.kind === 'stopped') return facts
  const plan = preparationOf(work.order, circumstances(work, facts.facts))
  if (plan.kind === 'impossible') return impossible(work, plan.because)
  for (const step of plan.moves) {
    const inTurn = step.name === 'pull' ? turns.pull : turns.fetch
    const taken = await inTurn(() => take(work, step))
    if (taken.kind === 'stopped') return taken
  }
  return { kind: 'prepared', head: facts.facts.head }
}

export async function lookAround(work: HostWork): Promise<{ kind: 'seen'; facts: Facts } | Stopped> {
  const seen = await take(work, look(work.order, work.host))
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
