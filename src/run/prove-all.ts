import type { Proof } from '../host-result.ts'
import { type ContainerFacts, readContainers } from '../plan/facts.ts'
import type { Move } from '../plan/moves.ts'
import type { Count } from '../plan/proof.ts'
import { verifyUrl } from '../plan/provings.ts'
import { inspect } from '../plan/steps.ts'
import type { Step } from '../step.ts'
import { type HostWork, type Stopped, stopped, takeQuietly } from './host-work.ts'
import { otherImage } from './image.ts'
import { touchFor, type Watched } from './prove.ts'

export type Prove = Move & { kind: 'prove' }

/** By name, as they were seen when they were proved. */
export type Containers = ReadonlyMap<string, ContainerFacts>

export interface Proved {
  readonly container: string
  readonly proof: Proof
  readonly found: ContainerFacts | undefined
}

/**
 * Proves all containers of the move, and tells of each. `known`: as they were seen before; one that has been started since may
 * have other ports.
 */
export async function proveAndTell(
  work: HostWork,
  { touch, provings }: Prove,
  known: Containers,
  counted: ReadonlyMap<string, Count>,
): Promise<{ readonly kind: 'proved'; readonly proved: readonly Proved[] } | Stopped> {
  const watched: (Watched & { found: ContainerFacts | undefined })[] = []
  for (const proving of provings) {
    const { name, replica, isFresh } = proving
    const found = (isFresh ? undefined : known.get(replica.name)) ?? (await inspected(work, replica.name))
    if (found && 'because' in found) return found
    const { order, host } = work
    const where = verifyUrl({ ...order, ...order.target }, host, order.revision, replica, found)
    if (where && 'because' in where) return stopped(name, where.because)
    watched.push({ proving, url: where?.url, beforeReset: counted.get(replica.name), found })
  }
  return proveAll(work, touch, watched)
}

async function proveAll(
  work: HostWork,
  touch: Step | undefined,
  watched: readonly (Watched & { found: ContainerFacts | undefined })[],
): Promise<{ readonly kind: 'proved'; readonly proved: readonly Proved[] } | Stopped> {
  const touched = await touchFor(work, touch, watched)
  if (touched.kind === 'stopped') return touched
  const proved: Proved[] = []
  for (const [index, { proving, found }] of watched.entries()) {
    const began = work.clock.monotonic()
    const seen = await touched.proofOf(index)
    const end = seen.kind === 'proved' ? ((await otherImage(work, proving.name, found)) ?? seen) : seen
    const durationMs = work.clock.monotonic() - began
    if (end.kind === 'stopped') {
      if (end.step === proving.name && end.because.kind !== 'link-lost') {
        work.told(proving.name, { status: 'failed', exit: { code: 1 }, output: '', durationMs })
      }
      return end
    }
    work.told(proving.name, { status: 'ok', output: '', durationMs })
    proved.push({ container: proving.replica.name, proof: end.proof, found })
  }
  return { kind: 'proved', proved }
}

async function inspected(work: HostWork, container: string): Promise<ContainerFacts | undefined | Stopped> {
  const found = await takeQuietly(work, inspect(container))
  return found.kind === 'stopped' ? found : readContainers(found.output).get(container)
}
