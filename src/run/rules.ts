import type { Deployment, Ending } from '../deployment.ts'
import type { Offer, Void } from '../event.ts'
import { shownOutput } from './shown-output.ts'
import type { World } from './world.ts'

/** What run/ cannot know by itself: it has no configuration, and no word of other processes. */
export interface Rules {
  /** Whether this process tells who waits where: of several that would tell it, each would record it. Left out: it does. */
  readonly tellsPositions?: () => boolean
  /** The last look at what was approved, before it begins; without it nothing is begun that somebody had to approve. */
  readonly voidBecause?: (deployment: Deployment) => Promise<Void | undefined>
  /** What people may do next once it has ended so. */
  readonly offersAfter?: (deployment: Deployment, ending: Ending) => Promise<readonly Offer[]>
}

/** Why it may not begin, though it was approved. What cannot be found out is such a reason, too. */
export async function lastLook(
  world: World,
  { voidBecause }: Rules,
  deployment: Deployment,
): Promise<Void | undefined> {
  if (await isPastLook(world, deployment)) return undefined
  const unchecked = (detail: string): Void => ({ kind: 'unchecked', detail })
  if (!voidBecause) return unchecked('this process cannot look')
  return voidBecause(deployment).catch(error => {
    world.problem(`whether deployment ${deployment.id} may begin could not be found out`, error)
    return unchecked(shownOutput(String(error), world.secrets))
  })
}

/** Nobody had to approve it; or it is begun or was taken up, and may have changed hosts: an approval that was good then is. */
export async function isPastLook({ store }: World, { id, approval }: Deployment): Promise<boolean> {
  if (!approval) return true
  const events = await store.events(id)
  return events.some(({ event: { kind } }) => kind === 'started' || kind === 'resumed')
}

/** What may follow it; nothing, where that cannot be found out. */
export async function offersFor(
  world: World,
  { offersAfter }: Rules,
  deployment: Deployment,
  end: Ending,
): Promise<readonly Offer[]> {
  const offers = await offersAfter?.(deployment, end).catch(error => {
    world.problem(`what may follow deployment ${deployment.id} could not be found out`, error)
    return undefined
  })
  return offers ?? []
}
