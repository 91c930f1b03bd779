import type { Deployment } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'
import { runDeployment, type World } from './deploy.ts'
import { record } from './record.ts'

/** Other processes (the command line beside the bot) end deployments, too, and nobody tells us. */
const LOOK_EVERY_MS = 2_000

/** Of those who wait ahead; what is said of a long queue stays short. */
const MOST_NAMES = 3

export interface Scheduler {
  /** The name under which this process claims. */
  readonly owner: string
  /** Something was queued or has ended: start what may start now. */
  wake(): void
  /** Runs a deployment that this process has claimed already. */
  run(claimed: { readonly deployment: Deployment; readonly fence: number }): void
  /** Starts nothing more; resolves when what runs has ended. */
  drain(): Promise<void>
}

/**
 * Starts queued deployments in the order of their records: the store says which may start, one claim decides who runs it.
 * `isOurs`: starts these alone; who waits where is then told by the bot, which starts all.
 */
export function startScheduler(
  world: World,
  owner: string,
  isOurs?: (deployment: Deployment) => boolean,
): Scheduler {
  const running = new Set<Promise<void>>()
  const told = new Map<string, string>()
  let sweeping: Promise<void> | undefined
  let isWanted = false
  let isDraining = false

  function run(claimed: { readonly deployment: Deployment; readonly fence: number }): void {
    const { deployment, fence } = claimed
    const work = runDeployment(world, deployment, fence)
      .then(() => {})
      .catch(error => world.problem(`deployment ${deployment.id} ended by a fault`, error))
      .finally(() => {
        running.delete(work)
        wake()
      })
    running.add(work)
  }

  async function sweep(): Promise<void> {
    if (running.size > 0) await world.store.renew(owner)
    if (isDraining) return
    for (const queued of await world.store.startable()) {
      if (isDraining) return
      if (isOurs && !isOurs(queued)) continue
      const claimed = await world.store.claim(queued.id, owner)
      if (!claimed) continue
      told.delete(queued.id)
      // Claimed is claimed: what cannot be recorded now must not keep it from running.
      await record(world, claimed.deployment, { kind: 'started', fence: claimed.fence }).catch(error =>
        world.problem('a start could not be recorded', error),
      )
      run(claimed)
    }
    // Two processes that tell would tell all twice.
    if (!isOurs) await tellPositions()
  }

  /** A waiting deployment says its place whenever that has changed. */
  async function tellPositions(): Promise<void> {
    for (const deployment of await world.store.unfinished()) {
      if (deployment.status !== 'queued') continue
      const place = placeBehind(await world.store.ahead(deployment.id))
      if (!place || told.get(deployment.id) === JSON.stringify(place)) continue
      told.set(deployment.id, JSON.stringify(place))
      await record(world, deployment, place)
    }
  }

  function wake(): void {
    isWanted = true
    if (sweeping) return
    isWanted = false
    sweeping = sweep()
      .catch(error => world.problem('queued deployments could not be looked up', error))
      .finally(() => {
        sweeping = undefined
        if (isWanted) wake()
      })
  }

  const timer = setInterval(wake, LOOK_EVERY_MS)
  timer.unref()

  return {
    owner,
    wake,
    run,
    async drain() {
      isDraining = true
      await sweeping
      // Its lease is renewed as long as it runs: nobody may take for left what is being brought to its end.
      while (running.size > 0) await Promise.all(running)
      clearInterval(timer)
      await sweeping
    },
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
