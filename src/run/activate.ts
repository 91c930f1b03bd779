import type { Proof } from '../deployment.ts'
import { type Move, planActivation, verifyUrl } from '../plan/code.ts'
import { type ContainerFacts, readContainers, saidIn } from '../plan/facts.ts'
import { digestIn } from '../plan/image.ts'
import { type Count, readCount } from '../plan/proof.ts'
import { digest, hold, inspect, release } from '../plan/steps.ts'
import { type HostWork, notesIn, type Stopped, stopped, take, takeQuietly } from './host-work.ts'
import { circumstances, impossible, lookAround } from './prepare.ts'
import { prove } from './prove.ts'

/** How long a host's other work may take before we say that it is busy. */
const HOST_LOCK_WAIT_MS = 5 * 60_000

export interface Activated {
  readonly kind: 'activated'
  readonly proof: Proof
  readonly container: ContainerFacts | undefined
}

/** With the host's lock: from the old revision to a proof of the new one. The lock is let go only after the proof. */
export async function activate(work: HostWork): Promise<Activated | Stopped> {
  const held = await takeQuietly(work, hold(HOST_LOCK_WAIT_MS))
  if (held.kind === 'stopped') return held
  const done = await makeMoves(work)
  if (done.kind === 'stopped') return done
  await takeQuietly(work, release())
  return { kind: 'activated', proof: done.proof, container: done.container }
}

async function makeMoves(work: HostWork): Promise<Proved | Stopped> {
  // Looked at again under the lock: whoever had it before may have changed what runs.
  const seen = await lookAround(work)
  if (seen.kind === 'stopped') return seen
  const plan = planActivation(work.order, circumstances(work, seen.facts))
  if (plan.kind === 'impossible') return impossible(work, plan.because)
  const [group] = work.order.groups
  const before = seen.facts.containers.get(group?.name ?? '')
  let wasRestarted = false
  let counted: Count | undefined
  for (const move of plan.moves) {
    if (move.kind === 'prove') {
      const proving = wasRestarted ? withoutTouch(move) : move
      return proveAndTell(work, proving, proving.proving.touch ? before : undefined, counted)
    }
    if (move.kind === 'count') {
      const taken = await takeQuietly(work, move.step)
      if (taken.kind === 'stopped') return taken
      counted = readCount(taken.output)
      continue
    }
    const made = await make(work, move, wasRestarted)
    if (made.kind === 'stopped') return made
    if (made.kind === 'restarted') wasRestarted = true
  }
  return stopped('verify', { kind: 'fault', detail: 'no proof was asked for' })
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
    case 'step': {
      const taken = await take(work, move.step)
      if (taken.kind === 'stopped') return taken
      for (const note of notesIn(taken.output, work.order, work.maker.deployment)) work.note(note)
      return { kind: 'ok' }
    }
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
      if (back.kind === 'ok')
        work.note({ kind: 'put-back', revision: move.putBack.call.at(-1)?.toString() ?? '', loadedBy })
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
  const proved = await prove(work, proving, where?.url, beforeReset)
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

/** The image's digest is recorded, so that the container can be made again when somebody removes it. */
export async function digestOf(
  work: HostWork,
  container: ContainerFacts | undefined,
): Promise<string | undefined> {
  const image = container && (await takeQuietly(work, digest(container.imageId)))
  return image?.kind === 'ok' ? digestIn(image.output, work.order.groups[0]?.image ?? '') : undefined
}
