import type { Order, Proof } from '../deployment.ts'
import type { Note } from '../event.ts'
import { type Circumstances, type Move, type Planned, verifyUrl } from '../plan/code.ts'
import { type ContainerFacts, readContainers, saidIn } from '../plan/facts.ts'
import { digestIn, isOrdered } from '../plan/image.ts'
import { activationOf } from '../plan/moves.ts'
import { type Count, readCount } from '../plan/proof.ts'
import { digest, hold, inspect, release } from '../plan/steps.ts'
import type { Step } from '../ports.ts'
import { type HostWork, isUnknown, type Stopped, stopped, take, takeQuietly } from './host-work.ts'
import { circumstances, impossible, lookAround } from './prepare.ts'
import { prove } from './prove.ts'

/** How long a host's other work may take before we say that it is busy. */
const HOST_LOCK_WAIT_MS = 5 * 60_000

export interface Activated {
  readonly kind: 'activated'
  readonly proof: Proof
  readonly container: ContainerFacts | undefined
  /** What takes it back, the last first; empty where that is a deploy of what was there before. */
  readonly undo: readonly Step[]
}

/**
 * With the host's lock: from what is there to a proof of what is ordered, by the moves that `plan` finds for it. The lock is let go
 * only after the proof.
 */
export async function activate(
  work: HostWork,
  plan: (order: Order, now: Circumstances) => Planned<readonly Move[]> = activationOf,
): Promise<Activated | Stopped> {
  const held = await takeQuietly(work, hold(HOST_LOCK_WAIT_MS))
  if (held.kind === 'stopped') return held
  const done = await makeMoves(work, plan)
  if (done.kind === 'stopped') return done
  await takeQuietly(work, release())
  return { kind: 'activated', proof: done.proof, container: done.container, undo: done.undo }
}

async function makeMoves(
  work: HostWork,
  planOf: NonNullable<Parameters<typeof activate>[1]>,
): Promise<(Proved & Pick<Activated, 'undo'>) | Stopped> {
  // Looked at again under the lock: whoever had it before may have changed what runs.
  const seen = await lookAround(work)
  if (seen.kind === 'stopped') return seen
  const plan = planOf(work.order, circumstances(work, seen.facts))
  if (plan.kind === 'impossible') return impossible(work, plan.because)
  const [group] = work.order.groups
  let known = seen.facts.containers.get(group?.name ?? '')
  let wasRestarted = false
  let counted: Count | undefined
  let proved: Proved | undefined
  const undo: Step[] = []
  for (const move of plan.moves) {
    if (move.kind === 'count') {
      const taken = await takeQuietly(work, move.step)
      if (taken.kind === 'stopped') return takeBack(work, undo, taken)
      counted = readCount(taken.output)
    } else if (move.kind === 'prove') {
      const proving = wasRestarted ? withoutTouch(move) : move
      const end = await proveAndTell(work, proving, proving.proving.touch ? known : undefined, counted)
      if (end.kind === 'stopped') return takeBack(work, undo, end)
      proved = end
    } else {
      if (move.kind === 'step' && move.undo) undo.unshift(move.undo)
      const made = await make(work, move, wasRestarted)
      if (made.kind === 'stopped') return takeBack(work, undo, made)
      if (made.kind === 'restarted') wasRestarted = true
      if (move.kind === 'swap') {
        undo.unshift(move.undo)
        // The new container has ports of its own.
        known = undefined
      }
    }
  }
  // Where no container was there is none to be put back.
  if (proved) return { ...proved, undo: seen.facts.containers.has(group?.name ?? '') ? undo : [] }
  return stopped('verify', { kind: 'fault', detail: 'no proof was asked for' })
}

/**
 * Takes back what was done, the last first. What made it necessary stays the reason; only a session that says nothing any more
 * comes before it, because then nobody knows what is there.
 */
async function takeBack(work: HostWork, undo: readonly Step[], stop: Stopped): Promise<Stopped> {
  if (isUnknown(stop.because)) return stop
  for (const step of undo) {
    const back = await take(work, step)
    if (back.kind === 'stopped') {
      const isOver = isUnknown(back.because)
      const { because, step: at } = isOver ? stop : back
      work.note({ kind: 'also-stopped', step: at, because })
      if (isOver) return back
    } else if (step.name === 'put-back') work.note(revisionPutBack(step, 'replaced'))
  }
  return stop
}

function revisionPutBack(
  step: Step,
  loadedBy: (Note & { kind: 'put-back' })['loadedBy'],
): Note & { kind: 'put-back' } {
  return { kind: 'put-back', revision: step.call.at(-1)?.toString() ?? '', loadedBy }
}

/** What was restarted loads the new code by itself; a touch would fall into its boot. */
function withoutTouch(move: Prove): Prove {
  return { kind: 'prove', proving: { ...move.proving, touch: undefined, reloadsByReset: undefined } }
}

type Prove = Move & { kind: 'prove' }
type Plain = Exclude<Move, { kind: 'prove' | 'count' }>

interface Proved {
  readonly kind: 'proved'
  readonly proof: Proof
  readonly container: ContainerFacts | undefined
}

async function make(
  work: HostWork,
  move: Plain,
  wasRestarted: boolean,
): Promise<{ kind: 'ok' } | { kind: 'restarted' } | Stopped> {
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
      return restarted.kind === 'stopped' ? restarted : { kind: 'restarted' }
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

/** `known`: the container as it was seen; undefined when it has been started since and its ports may be others. */
async function proveAndTell(
  work: HostWork,
  { proving }: Prove,
  known: ContainerFacts | undefined,
  beforeReset: Count | undefined,
): Promise<Proved | Stopped> {
  const began = work.clock.monotonic()
  const found = known ?? (await inspected(work, proving.container))
  if (found && 'because' in found) return found
  const where = verifyUrl({ ...work.order, ...work.order.target }, work.host, work.order.revision, found)
  if (where && 'because' in where) return stopped('verify', where.because)
  const end = await prove(work, proving, where?.url, beforeReset)
  const proved = end.kind === 'proved' ? ((await otherImage(work, found)) ?? end) : end
  const durationMs = work.clock.monotonic() - began
  if (proved.kind === 'proved') {
    work.told('verify', { status: 'ok', output: '', durationMs })
    return { kind: 'proved', proof: proved.proof, container: found }
  }
  if (proved.step === 'verify' && proved.because.kind !== 'link-lost') {
    work.told('verify', { status: 'failed', exit: { code: 1 }, output: '', durationMs })
  }
  return proved
}

async function inspected(work: HostWork, container: string): Promise<ContainerFacts | undefined | Stopped> {
  const found = await takeQuietly(work, inspect(container))
  return found.kind === 'stopped' ? found : readContainers(found.output).get(container)
}

/** A new container that was proved must be made of exactly the image that was ordered (and approved). */
async function otherImage(work: HostWork, found: ContainerFacts | undefined): Promise<Stopped | undefined> {
  const { order } = work
  if (order.kind === 'code') return undefined
  const seen = await takeQuietly(work, digest(found?.imageId ?? order.image))
  if (seen.kind === 'stopped') return seen
  if (found && isOrdered(seen.output, order.image)) return undefined
  return stopped('verify', {
    kind: 'wrong-image',
    wanted: order.image,
    found: digestIn(seen.output, order.image) ?? found?.imageId,
  })
}

/** The image's digest is recorded, so that the container can be made again when somebody removes it. */
export async function digestOf(
  work: HostWork,
  container: ContainerFacts | undefined,
): Promise<string | undefined> {
  if (work.order.kind !== 'code') return work.order.image
  const image = container && (await takeQuietly(work, digest(container.imageId)))
  return image?.kind === 'ok' ? digestIn(image.output, work.order.groups[0]?.image ?? '') : undefined
}
