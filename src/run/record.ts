import type { Deployment } from '../deployment.ts'
import type { DeploymentEvent, Void } from '../event.ts'
import type { Claimed } from '../ports/records/queue.ts'
import type { World } from './world.ts'

/**
 * Recorded first, told second: what people read can always be read again from the records. What cannot be recorded is not
 * told, and rejects; what a run says that another one has taken over from is neither: false.
 */
export async function record(
  { store, teller }: Pick<World, 'store' | 'teller'>,
  deployment: Deployment,
  event: DeploymentEvent,
  fence?: number,
): Promise<boolean> {
  const isRecorded = await store.append(deployment.id, event, fence)
  if (isRecorded) teller.tell(deployment, event)
  return isRecorded
}

/** The same of one that is given up before it begins: its end is recorded together with the reason. */
export async function recordGivenUp(
  { store, teller }: Pick<World, 'store' | 'teller'>,
  id: string,
  why: Void,
  fence?: number,
): Promise<void> {
  const given = await store.giveUp(id, why, fence)
  for (const event of given?.events ?? []) if (given) teller.tell(given.deployment, event)
}

/** What one run says, in the order in which it happens. */
export interface RunRecord {
  /** Never rejects: a full disk stops the record, not the run. False: what cannot be recorded now is kept for the next try. */
  readonly add: (event: DeploymentEvent) => Promise<boolean>
  /** Tries again what was kept. */
  readonly retry: () => Promise<boolean>
}

/** `onRefused`: another run has taken over. */
export function runRecord(
  world: Pick<World, 'store' | 'teller' | 'stop' | 'problem'>,
  { deployment, fence }: Claimed,
  onRefused: () => void = () => {},
): RunRecord {
  const kept: DeploymentEvent[] = []
  let last = Promise.resolve()

  async function write(): Promise<void> {
    try {
      for (let event = kept[0]; event !== undefined && !world.stop.over.aborted; event = kept[0]) {
        if (event.kind === 'void') await recordGivenUp(world, deployment.id, event.why, fence)
        else if (!(await record(world, deployment, event, fence))) onRefused()
        kept.shift()
      }
    } catch (error) {
      world.problem(`what deployment ${deployment.id} did cannot be recorded now`, error)
    }
  }

  function retry(): Promise<boolean> {
    last = last.then(write)
    return last.then(() => kept.length === 0)
  }

  return {
    add(event) {
      kept.push(event)
      return retry()
    },
    retry,
  }
}
