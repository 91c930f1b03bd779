import type { Deployment, Host } from '../deployment.ts'
import type { Found } from '../event.ts'
import { sight } from './aftermath.ts'
import type { World } from './deploy.ts'
import { record } from './record.ts'
import type { Scheduler } from './scheduler.ts'

/**
 * What a process left behind when it died. Every host of it is looked at and told in the thread; then the code deploy goes
 * on, because each of its steps can be repeated, unless its target has a later one: then it ends as interrupted.
 * Stops between two of them when the process does.
 */
export async function resumeUnfinished(world: World, scheduler: Scheduler): Promise<void> {
  for (const deployment of await world.store.orphans(scheduler.owner)) {
    if (world.stop.asked.aborted) return
    const taken = await world.store.resume(deployment.id, scheduler.owner)
    if (!taken) continue
    const found = await Promise.all(deployment.order.hosts.map(host => findOn(world, deployment, host)))
    // Taken is not lost: whoever starts next has another name.
    if (world.stop.asked.aborted) return
    await record(world, deployment, { kind: 'resumed', fence: taken.fence, found })
    if (await hasLater(world, deployment)) {
      await world.store.end(deployment.id, 'interrupted')
      await record(world, deployment, { kind: 'ended', ending: 'interrupted', durationMs: 0 })
    } else {
      scheduler.run(taken)
    }
  }
}

async function findOn(world: World, deployment: Deployment, host: Host): Promise<Found> {
  const nothing = { host: host.name, head: undefined, container: undefined }
  const opening = await world.hosts.open(host, { kind: 'look' })
  if (opening.kind === 'closed') return { ...nothing, detail: `it cannot be asked (${opening.because.kind})` }
  try {
    const now = await sight({ order: deployment.order, host }, opening.session)
    return now
      ? { host: host.name, head: now.head, container: now.container, detail: now.served }
      : { ...nothing, detail: undefined }
  } finally {
    await opening.session.close()
  }
}

async function hasLater(world: World, deployment: Deployment): Promise<boolean> {
  const { service, environment } = deployment.order.target
  const unfinished = await world.store.unfinished()
  return unfinished.some(
    ({ sequence, order }) =>
      sequence > deployment.sequence &&
      order.target.service === service &&
      order.target.environment === environment,
  )
}
