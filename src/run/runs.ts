import type { Deployment, Ending } from '../deployment.ts'
import type { DeploymentEvent, Void } from '../event.ts'
import type { Claimed } from '../ports/records/queue.ts'
import { type RunRecord, runRecord } from './record.ts'
import { startRenewal } from './renewal.ts'
import { lastLook, offersFor, type Rules } from './rules.ts'
import { beginTenure, type Tenure } from './tenure.ts'
import type { World } from './world.ts'

/** What it does is told through `record`, and in this world. `left`: it did not end, the next start takes it up. */
export type Work = (record: RunRecord['add'], world: World) => Promise<Ending | 'left'>

/** What this process runs, each from its claim until its end is recorded. */
export interface Runs {
  /** Does the work of what this process has claimed, then records and tells its ending; after a fault, too. */
  run(claimed: Claimed, work: Work): void
  /** The same with what it now claims, unless somebody else was first. */
  begin(
    id: string,
    claim: () => Promise<Claimed | undefined>,
    work: (claimed: Claimed) => Work,
  ): Promise<void>
  /** It is at it, or may be: a claim has not been answered yet, or an end is still to be recorded. */
  isAt(id: string): boolean
  running(): readonly Deployment[]
  /** Records the ends that could not be recorded when they came: their hosts wait for it. */
  retryUnrecorded(): Promise<void>
  /** Resolves when nothing runs any more. */
  ended(): Promise<void>
  /** Renews no claim any more. */
  stop(): void
}

interface Run {
  readonly deployment: Deployment
  readonly tenure: Tenure
  readonly said: RunRecord
}

const CUT = new Error(
  'this process stood still, its claim was not renewed in time, or another process has taken it over',
)

/** `hasEnded` is called after each of them. */
export function startRuns(world: World, owner: string, rules: Rules, hasEnded: () => void): Runs {
  const running = new Map<Promise<void>, Run>()
  /** They have ended, and the records do not know it yet: tried again until they do, for their hosts wait for it. */
  const unrecorded = new Set<Run>()
  /** Ids of what this process may have claimed, and does not know it yet. */
  const claiming = new Set<string>()

  const atWork = (): readonly Run[] => [...running.values(), ...unrecorded]
  const renewal = startRenewal(world, owner, atWork)

  function run(claimed: Claimed, work: Work, began = world.clock.monotonic()): void {
    const { deployment } = claimed
    const tenure = beginTenure(world, began, world.store.isShared)
    const said = runRecord(tenure.world, claimed, tenure.cut)
    const its: Run = { deployment, tenure, said }
    const done = lastLook(world, rules, deployment)
      .then(async (why): Promise<Void | Ending | 'left'> => why ?? (await work(said.add, tenure.world)))
      .catch((error): Ending => {
        tenure.world.problem(`deployment ${deployment.id} met a fault`, error)
        return 'interrupted'
      })
      .then(async end => {
        if (!(await isToldToItsEnd(its, end, world.clock.monotonic() - began))) unrecorded.add(its)
        running.delete(done)
        hasEnded()
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

  async function lastEvent(
    deployment: Deployment,
    end: Void | Ending,
    durationMs: number,
  ): Promise<DeploymentEvent> {
    if (typeof end === 'object') return { kind: 'void', why: end }
    const offers = await offersFor(world, rules, deployment, end)
    return { kind: 'ended', ending: end, durationMs, ...(offers.length > 0 ? { offers } : {}) }
  }

  return {
    run: (claimed, work) => run(claimed, work),
    async begin(id, claim, work) {
      // The lease counts from later on, by the records' clock.
      const began = world.clock.monotonic()
      claiming.add(id)
      try {
        const claimed = await claim()
        if (claimed) run(claimed, work(claimed), began)
      } finally {
        claiming.delete(id)
      }
    },
    isAt: id => claiming.has(id) || atWork().some(({ deployment }) => deployment.id === id),
    running: () => [...running.values()].map(({ deployment }) => deployment),
    async retryUnrecorded() {
      for (const each of unrecorded) {
        if (!(await each.said.retry())) continue
        unrecorded.delete(each)
        each.tenure.end()
      }
    },
    async ended() {
      while (running.size > 0) await Promise.all(running.keys())
    },
    stop: renewal.stop,
  }
}
