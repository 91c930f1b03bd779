import { type Proof, weakest } from '../host-result.ts'
import type { Planner } from '../plan/back.ts'
import { shutOut } from '../plan/drain.ts'
import { saidIn } from '../plan/facts.ts'
import type { Move } from '../plan/moves.ts'
import { activationOf } from '../plan/plan.ts'
import { type Count, readCount } from '../plan/proof.ts'
import { leftOver, replicasOf } from '../plan/replica.ts'
import { hold, release } from '../plan/steps.ts'
import type { Step } from '../step.ts'
import { type HostWork, type Stopped, stopped, take, takeQuietly } from './host-work.ts'
import { circumstances, impossible, lookAround } from './prepare.ts'
import { type Containers, type Prove, type Proved, proveAndTell } from './prove-all.ts'
import { revisionPutBack, takeBack } from './take-back.ts'

/** How long a host's other work may take before we say that it is busy. */
const HOST_LOCK_WAIT_MS = 5 * 60_000

export interface Activated {
  readonly kind: 'activated'
  readonly proof: Proof
  readonly containers: Containers
  /** What takes it back, the last first; empty where that is a deploy of what was there before. */
  readonly undo: readonly Step[]
}

/**
 * With the host's lock: from what is there to a proof of what is ordered, by the moves that `plan` finds for it. The lock is let go
 * only after the proof.
 */
export async function activate(work: HostWork, plan: Planner = activationOf): Promise<Activated | Stopped> {
  const held = await takeQuietly(work, hold(HOST_LOCK_WAIT_MS))
  if (held.kind === 'stopped') return held
  const done = await makeMoves(work, plan)
  if (done.kind === 'stopped') return done
  await takeQuietly(work, release())
  return done
}

async function makeMoves(work: HostWork, planOf: Planner): Promise<Activated | Stopped> {
  // Looked at again under the lock: whoever had it before may have changed what runs.
  const seen = await lookAround(work)
  if (seen.kind === 'stopped') return seen
  const plan = planOf(work.order, circumstances(work, seen.facts))
  if (plan.kind === 'impossible') return impossible(work, plan.because)
  const left = leftOver(work.order, seen.facts)
  if (left.length > 0) work.note({ kind: 'containers-left', containers: left })
  const shut = shutOut(work.order, seen.facts)
  if (shut.length > 0) work.note({ kind: 'shut-out', containers: shut })
  const known = new Map(seen.facts.containers)
  const restarted = new Set<string>()
  const counted = new Map<string, Count>()
  const proved = new Map<string, Proved>()
  const undo = new Map<string | undefined, readonly Step[]>()
  const lastFirst = () => [...undo.values()].reverse().flat()
  const end = async (stop: Stopped) => (await takeBack(work, lastFirst(), stop)) ?? stop
  for (const move of plan.moves) {
    if (move.kind === 'count') {
      const taken = await takeQuietly(work, move.step)
      if (taken.kind === 'stopped') return end(taken)
      counted.set(move.container, readCount(taken.output))
    } else if (move.kind === 'prove') {
      const seen = await proveAndTell(work, afterRestarts(move, restarted), known, counted)
      if (seen.kind === 'stopped') return end(seen)
      for (const each of seen.proved) proved.set(each.container, each)
    } else if (move.kind === 'take-back') {
      const stop = await takeBack(work, move.steps)
      if (stop) return stop
    } else {
      if (move.kind === 'step' && move.undo) undo.set(move.undo.of, move.undo.steps)
      const made = await make(work, move, restarted.size > 0)
      if (made.kind === 'stopped') return end(made)
      if (made.kind === 'restarted') restarted.add(made.container)
      if (move.kind === 'swap') {
        undo.set(move.undo.of, move.undo.steps)
        // The new container has ports of its own.
        known.delete(move.container)
      }
    }
  }
  // All of a host's containers are proved, so what is said of the host is true of each.
  const proof = weakest([...proved.values()].map(each => each.proof))
  if (!proof) return stopped('verify', { kind: 'fault', detail: 'no proof was asked for' })
  const containers = [...proved].flatMap(([name, { found }]) => (found ? [[name, found] as const] : []))
  // Where no container was there is none to be put back.
  const wereThere = replicasOf(work.order).some(({ name }) => seen.facts.containers.has(name))
  return { kind: 'activated', proof, containers: new Map(containers), undo: wereThere ? lastFirst() : [] }
}

/** What was restarted loads the new code by itself; a touch would fall into its boot. */
function afterRestarts(move: Prove, restarted: ReadonlySet<string>): Prove {
  const provings = move.provings.map(proving =>
    restarted.has(proving.replica.name) ? { ...proving, isFresh: true, reloadsByReset: undefined } : proving,
  )
  return { ...move, touch: provings.every(({ isFresh }) => isFresh) ? undefined : move.touch, provings }
}

async function make(
  work: HostWork,
  move: Plain,
  wasRestarted: boolean,
): Promise<{ kind: 'ok' } | { kind: 'restarted'; container: string } | Stopped> {
  switch (move.kind) {
    case 'step':
    case 'swap': {
      const taken = await take(work, move.step)
      return taken.kind === 'stopped' ? taken : { kind: 'ok' }
    }
    case 'tidy':
      await take(work, move.step)
      return { kind: 'ok' }
    case 'check-mount': {
      const taken = await take(work, move.step)
      if (taken.kind === 'stopped') return taken
      const [outside, inside] = new Map(saidIn(taken.output)).get('mount')?.split(' ') ?? []
      // A container without `stat` and `ls` cannot be asked; the proof at the end is what counts.
      if (!inside || outside === inside) return { kind: 'ok' }
      work.note({ kind: 'mount-stale', container: move.container })
      const restarted = await take(work, move.restart)
      return restarted.kind === 'stopped' ? restarted : { kind: 'restarted', container: move.container }
    }
    case 'preflight': {
      const taken = await take(work, move.step)
      if (taken.kind === 'ok') return { kind: 'ok' }
      if (taken.sequence !== undefined || !move.putBack) return taken
      const back = await take(work, move.putBack)
      const loadedBy = wasRestarted ? 'start' : move.loadedBy
      if (back.kind === 'ok') work.note(revisionPutBack(move.putBack, loadedBy))
      return taken
    }
  }
}

type Plain = Exclude<Move, { kind: 'prove' | 'count' }>
