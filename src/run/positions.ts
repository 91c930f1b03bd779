import { isDeepStrictEqual } from 'node:util'
import type { Deployment } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'
import { record } from './record.ts'
import type { World } from './world.ts'

/** Of those who wait ahead; what is said of a long queue stays short. */
const MOST_NAMES = 3

/** A waiting deployment says its place whenever that has changed. */
export async function tellPositions(world: World): Promise<void> {
  for (const deployment of await world.store.unfinished()) {
    if (deployment.status !== 'queued') continue
    const place = placeBehind(await world.store.ahead(deployment.id))
    if (!place) continue
    const said = await world.store.events(deployment.id)
    const last = said.findLast(({ event }) => event.kind === 'queued')
    if (!isDeepStrictEqual(last?.event, place)) await record(world, deployment, place)
  }
}

/** The place of one who waits behind these; undefined where nobody is ahead. */
export function placeBehind(
  ahead: readonly Deployment[],
): (DeploymentEvent & { readonly kind: 'queued' }) | undefined {
  if (ahead.length === 0) return undefined
  const names = ahead.map(({ id, order }) => `${order.target.service} (${id})`)
  const more = names.length > MOST_NAMES ? [`${names.length - MOST_NAMES} more`] : []
  return { kind: 'queued', position: ahead.length, behind: [...names.slice(0, MOST_NAMES), ...more] }
}
