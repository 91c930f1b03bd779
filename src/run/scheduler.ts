import type { Deployment } from '../deployment.ts'
import type { Claimed } from '../ports/records/queue.ts'
import type { Recorded } from '../ports/records/verdicts.ts'
import { runDeployment } from './deploy.ts'
import { tellPositions } from './positions.ts'
import { isPastLook, offersFor, type Rules } from './rules.ts'
import { type Runs, startRuns, type Work } from './runs.ts'
import type { World } from './world.ts'

/** Other processes (the command line beside the bot) end deployments, too, and nobody tells us. */
const LOOK_EVERY_MS = 2_000

export interface Scheduler extends Pick<Runs, 'run' | 'running'> {
  /** The name under which this process claims. */
  readonly owner: string
  /** Something was queued or has ended: start what may start now. */
  wake(): void
  /** Runs one of the store's `orphans`, unless this process is at it, or may not begin it. */
  takeUp(orphan: Deployment, work: (claimed: Claimed) => Work): Promise<void>
  /** Starts nothing more; resolves when what runs has ended. */
  drain(): Promise<void>
}

/**
 * Starts queued deployments in the order of their records: the store says which may start, one claim decides who runs it.
 * `isOurs`: starts these alone; who waits where is then told by a bot, which starts all.
 */
export function startScheduler(
  world: World,
  owner: string,
  isOurs?: (deployment: Deployment) => boolean,
  rules: Rules = {},
): Scheduler {
  const { tellsPositions = () => isOurs === undefined } = rules
  const runs = startRuns(world, owner, rules, wake)
  let sweeping: Promise<void> | undefined
  let isWanted = false
  let isDraining = false

  function wake(): void {
    // The records may be closed by then.
    if (world.stop.over.aborted) return
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

  async function sweep(): Promise<void> {
    if (isDraining) return runs.retryUnrecorded()
    await runs.retryUnrecorded()
    tell(await world.store.expire())
    await leaveOverdue()
    await startStartable()
    if (!tellsPositions()) return
    await tellPositions(world)
    tell(await world.store.withdraw())
  }

  /** Nobody said in time what becomes of them: others wait for their hosts. */
  async function leaveOverdue(): Promise<void> {
    for (const stalled of await world.store.overdue()) {
      const offers = await offersFor(world, rules, stalled, 'interrupted')
      const nobody = { kind: 'answered', answer: 'leave', by: undefined } as const
      const left = await world.store.answer(stalled.id, nobody, undefined, offers)
      if (left) tell([left])
    }
  }

  async function startStartable(): Promise<void> {
    for (const queued of await world.store.startable()) {
      if (isDraining) return
      if (isOurs && !isOurs(queued)) continue
      if (queued.approval && !rules.voidBecause) continue
      const claim = () => world.store.claim(queued.id, owner)
      await runs.begin(queued.id, claim, claimed => async (record, own) => {
        await record({ kind: 'started', fence: claimed.fence })
        return runDeployment(own, claimed, record)
      })
    }
  }

  function tell(recorded: readonly Recorded[]): void {
    for (const { deployment, events } of recorded)
      for (const event of events) world.teller.tell(deployment, event)
  }

  const timer = setInterval(wake, LOOK_EVERY_MS)
  timer.unref()

  return {
    owner,
    wake,
    run: runs.run,
    running: runs.running,
    async takeUp(orphan, work) {
      const { id } = orphan
      // Left before the last look at its approval, which another process takes.
      if (!rules.voidBecause && !(await isPastLook(world, orphan))) return
      if (!runs.isAt(id)) await runs.begin(id, () => world.store.resume(id, owner), work)
    },
    async drain() {
      isDraining = true
      await sweeping
      // Its lease is renewed as long as it runs: nobody may take for left what is being brought to its end.
      await runs.ended()
      clearInterval(timer)
      await sweeping
      await runs.retryUnrecorded()
      runs.stop()
    },
  }
}
