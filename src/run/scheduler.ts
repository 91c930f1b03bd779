import { isDeepStrictEqual } from 'node:util'
import type { Deployment, Ending } from '../deployment.ts'
import type { DeploymentEvent, Offer, Void } from '../event.ts'
import type { Claimed } from '../ports/records/queue.ts'
import { runDeployment, type World } from './deploy.ts'
import { type RunRecord, record, runRecord } from './record.ts'
import { startRenewal } from './renewal.ts'
import { shownOutput } from './shown-output.ts'
import { beginTenure, type Tenure } from './tenure.ts'

/** Other processes (the command line beside the bot) end deployments, too, and nobody tells us. */
const LOOK_EVERY_MS = 2_000

/** Of those who wait ahead; what is said of a long queue stays short. */
const MOST_NAMES = 3

/** What it does is told through `record`, and in this world. `left`: it did not end, the next start takes it up. */
type Work = (record: RunRecord['add'], world: World) => Promise<Ending | 'left'>

export interface Scheduler {
  /** The name under which this process claims. */
  readonly owner: string
  /** Something was queued or has ended: start what may start now. */
  wake(): void
  /** Does the work of a deployment that this process has claimed, then records and tells its ending; after a fault, too. */
  run(claimed: Claimed, work: Work): void
  /** The same with one of the store's `orphans`, unless this process is at it. */
  takeUp(id: string, work: (claimed: Claimed) => Work): Promise<void>
  /** What this process is at. */
  running(): readonly Deployment[]
  /** Starts nothing more; resolves when what runs has ended. */
  drain(): Promise<void>
}

/** What this process has claimed, until its end is recorded. */
interface Run {
  readonly deployment: Deployment
  readonly tenure: Tenure
  readonly said: RunRecord
}

const CUT = new Error('its claim was not renewed in time, or another process has taken it over')

/** What run/ cannot know by itself: it has no configuration, and no word of other processes. */
export interface Rules {
  /** Whether this process tells who waits where: of several that would tell it, each would record it. Left out: it does. */
  readonly tellsPositions?: () => boolean
  /** The last look at what was approved, before it begins; without it nothing is begun that somebody had to approve. */
  readonly voidBecause?: (deployment: Deployment) => Promise<Void | undefined>
  /** What people may do next once it has ended so. */
  readonly offersAfter?: (deployment: Deployment, ending: Ending) => Promise<readonly Offer[]>
}

/**
 * Starts queued deployments in the order of their records: the store says which may start, one claim decides who runs it.
 * `isOurs`: starts these alone; who waits where is then told by a bot, which starts all.
 */
export function startScheduler(
  world: World,
  owner: string,
  isOurs?: (deployment: Deployment) => boolean,
  { tellsPositions = () => isOurs === undefined, voidBecause, offersAfter }: Rules = {},
): Scheduler {
  const running = new Map<Promise<void>, Run>()
  /** They have ended, and the records do not know it yet: tried again until they do, for their hosts wait for it. */
  const unrecorded = new Set<Run>()
  /** Ids of what this process may have claimed, and does not know it yet. */
  const claiming = new Set<string>()
  let sweeping: Promise<void> | undefined
  let isWanted = false
  let isDraining = false

  const atWork = (): readonly Run[] => [...running.values(), ...unrecorded]
  const renewal = startRenewal(world, owner, atWork)

  async function begin(
    id: string,
    claim: () => Promise<Claimed | undefined>,
    work: (claimed: Claimed) => Work,
  ): Promise<void> {
    // The lease counts from later on, by the records' clock.
    const began = world.clock.monotonic()
    claiming.add(id)
    try {
      const claimed = await claim()
      if (claimed) run(claimed, work(claimed), began)
    } finally {
      claiming.delete(id)
    }
  }

  function run(claimed: Claimed, work: Work, began = world.clock.monotonic()): void {
    const { deployment } = claimed
    const tenure = beginTenure(world, began, world.store.isShared)
    const said = runRecord(tenure.world, claimed, tenure.cut)
    const its: Run = { deployment, tenure, said }
    const done = lastLook(deployment)
      .then(async (why): Promise<Void | Ending | 'left'> => why ?? (await work(said.add, tenure.world)))
      .catch((error): Ending => {
        tenure.world.problem(`deployment ${deployment.id} met a fault`, error)
        return 'interrupted'
      })
      .then(async end => {
        if (!(await isToldToItsEnd(its, end, world.clock.monotonic() - began))) unrecorded.add(its)
        running.delete(done)
        wake()
      })
    running.set(done, its)
  }

  /** False: its end is still to be recorded. */
  async function isToldToItsEnd(
    { deployment, tenure, said }: Run,
    end: Void | Ending | 'left',
    durationMs: number,
  ): Promise<boolean> {
    if (tenure.isCut()) world.problem(`deployment ${deployment.id} is left to whoever has it now`, CUT)
    tenure.done()
    if (!tenure.world.stop.over.aborted) {
      const last = end === 'left' ? undefined : await lastEvent(deployment, end, durationMs)
      if (!(await (last ? said.add(last) : said.retry()))) return false
    }
    tenure.end()
    return true
  }

  /** What is begun or was taken up may have changed hosts: an approval that was good then is. */
  async function lastLook(deployment: Deployment): Promise<Void | undefined> {
    if (!deployment.approval) return undefined
    const events = await world.store.events(deployment.id)
    if (events.some(({ event: { kind } }) => kind === 'started' || kind === 'resumed')) return undefined
    const unchecked = (detail: string): Void => ({ kind: 'unchecked', detail })
    if (!voidBecause) return unchecked('this process cannot look')
    return voidBecause(deployment).catch(error => {
      world.problem(`whether deployment ${deployment.id} may begin could not be found out`, error)
      return unchecked(shownOutput(String(error), world.secrets))
    })
  }

  async function lastEvent(
    deployment: Deployment,
    end: Void | Ending,
    durationMs: number,
  ): Promise<DeploymentEvent> {
    if (typeof end === 'object') return { kind: 'void', why: end }
    const offers = await offersFor(deployment, end)
    return { kind: 'ended', ending: end, durationMs, ...(offers.length > 0 ? { offers } : {}) }
  }

  async function offersFor(deployment: Deployment, end: Ending): Promise<readonly Offer[]> {
    const offers = await offersAfter?.(deployment, end).catch(error => {
      world.problem(`what may follow deployment ${deployment.id} could not be found out`, error)
      return undefined
    })
    return offers ?? []
  }

  async function retryUnrecorded(): Promise<void> {
    for (const each of unrecorded) {
      if (!(await each.said.retry())) continue
      unrecorded.delete(each)
      each.tenure.end()
    }
  }

  async function sweep(): Promise<void> {
    if (unrecorded.size > 0) await retryUnrecorded()
    if (isDraining) return
    for (const { deployment, events } of await world.store.expire())
      for (const event of events) world.teller.tell(deployment, event)
    await leaveOverdue()
    for (const queued of await world.store.startable()) {
      if (isDraining) return
      if (isOurs && !isOurs(queued)) continue
      if (queued.approval && !voidBecause) continue
      const claim = () => world.store.claim(queued.id, owner)
      await begin(queued.id, claim, claimed => async (record, own) => {
        await record({ kind: 'started', fence: claimed.fence })
        return runDeployment(own, claimed, record)
      })
    }
    if (!tellsPositions()) return
    await tellPositions()
    for (const { deployment, events } of await world.store.withdraw())
      for (const event of events) world.teller.tell(deployment, event)
  }

  /** Nobody said in time what becomes of them: others wait for their hosts. */
  async function leaveOverdue(): Promise<void> {
    for (const stalled of await world.store.overdue()) {
      const offers = await offersFor(stalled, 'interrupted')
      const nobody = { kind: 'answered', answer: 'leave', by: undefined } as const
      const left = await world.store.answer(stalled.id, nobody, undefined, offers)
      for (const event of left?.events ?? []) if (left) world.teller.tell(left.deployment, event)
    }
  }

  /** A waiting deployment says its place whenever that has changed. */
  async function tellPositions(): Promise<void> {
    for (const deployment of await world.store.unfinished()) {
      if (deployment.status !== 'queued') continue
      const place = placeBehind(await world.store.ahead(deployment.id))
      if (!place) continue
      const said = await world.store.events(deployment.id)
      const last = said.findLast(({ event }) => event.kind === 'queued')
      if (!isDeepStrictEqual(last?.event, place)) await record(world, deployment, place)
    }
  }

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

  const timer = setInterval(wake, LOOK_EVERY_MS)
  timer.unref()

  return {
    owner,
    wake,
    run,
    async takeUp(id, work) {
      if (claiming.has(id) || atWork().some(({ deployment }) => deployment.id === id)) return
      await begin(id, () => world.store.resume(id, owner), work)
    },
    running: () => [...running.values()].map(({ deployment }) => deployment),
    async drain() {
      isDraining = true
      await sweeping
      // Its lease is renewed as long as it runs: nobody may take for left what is being brought to its end.
      while (running.size > 0) await Promise.all(running.keys())
      clearInterval(timer)
      await sweeping
      await retryUnrecorded()
      renewal.stop()
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
