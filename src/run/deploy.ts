import PQueue from 'p-queue'
import type { Ending, Host, HostResult } from '../deployment.ts'
import type { Claimed, Clock, Hosts, Step, Store, Teller } from '../ports.ts'
import { withoutTurn } from './aftermath.ts'
import { firstFailed, waysBack } from './back.ts'
import { deployOn, type HostPart, putBack } from './host-part.ts'
import type { Lanes } from './lanes.ts'
import type { RunRecord } from './record.ts'
import { startRollout } from './rollout.ts'
import type { Stop } from './stop.ts'

/** A git server's sshd drops connections at random beyond ten at once. */
const FETCHES_AT_ONCE = 8

export interface World {
  readonly store: Store
  readonly hosts: Hosts
  readonly teller: Teller
  readonly clock: Clock
  readonly secretOf: (name: string) => string | undefined
  /** Values that must never be shown. */
  readonly secrets: readonly string[]
  readonly fetches: PQueue
  readonly lanes: Lanes
  readonly stop: Stop
  /** Something of ours went wrong that no person waits for. */
  readonly problem: (what: string, error: unknown) => void
}

export function fetchQueue(): PQueue {
  return new PQueue({ concurrency: FETCHES_AT_ONCE })
}

/**
 * Runs a claimed deployment: every host gets a result, recorded and told. The ending is the caller's to record. `left`: the
 * process stops before there is one; the records still say that it runs, so the next start takes it up.
 */
export async function runDeployment(
  world: World,
  { deployment, fence }: Claimed,
  record: RunRecord['add'],
): Promise<Ending | 'left'> {
  const { store, clock } = world
  const { order } = deployment
  const earlier = await resultsOf(store, deployment.id)
  // Before a crash a host had failed: it is not tried again, and the others go back.
  const goesBack = order.onFailure === 'rollback' && firstFailed(order, earlier) !== undefined
  const ended = new Map([...earlier].filter(([, { status }]) => goesBack || status === 'succeeded'))
  const hosts = order.hosts.filter(({ name }) => !ended.has(name))
  const isCancelled = async () => (await store.find(deployment.id))?.cancelledBy !== undefined
  let isHeldBack = false
  const mayGoOn = async () => {
    if (await isCancelled()) return false
    isHeldBack ||= world.stop.asked.aborted
    return !isHeldBack
  }
  const rollout = startRollout(
    hosts.map(host => host.name),
    order,
    mayGoOn,
  )
  const digest = await store.recordedDigest(order.target)
  const undo = new Map<string, readonly Step[]>()
  const partOf = (host: Host): HostPart => ({ world, deployment, fence, host, rollout, digest, record, undo })

  const hostEnded = ({ host, result, durationMs }: HostEnd) =>
    record({ kind: 'host-ended', host: host.name, result, durationMs })
  const timed = async (host: Host, work: () => Promise<HostResult>): Promise<HostEnd> => {
    const start = clock.monotonic()
    const result = await world.lanes.run(host, work)
    return { host, result, durationMs: clock.monotonic() - start }
  }

  const ends = await Promise.all(
    hosts.map(async host => {
      if (goesBack) return { host, result: UNTOUCHED, durationMs: 0 }
      const end = await timed(host, () => deployOn(partOf(host)))
      if (end.result.status !== 'untouched') await hostEnded(end)
      return end
    }),
  )
  if (world.stop.over.aborted || isHeldBack) return 'left'
  await Promise.all(
    ends.map(async end => {
      const { host, result: found } = end
      const result = found.status === 'untouched' ? await withoutTurn(world.hosts, deployment, host) : found
      if (found.status === 'untouched') await hostEnded({ ...end, result })
      ended.set(host.name, result)
    }),
  )
  for (const { hosts: together, failed } of waysBack(order, ended, undo)) {
    await Promise.all(
      together.map(async ({ host, previous }) => {
        const end = await timed(host, () => putBack(partOf(host), previous, failed))
        if (world.stop.over.aborted) return
        await hostEnded(end)
        ended.set(host.name, end.result)
      }),
    )
    if (world.stop.over.aborted) return 'left'
  }
  // What the hosts ended with is known: records that cannot be read now may only leave out who stopped the rest.
  return endingOf([...ended.values()], await isCancelled().catch(() => false))
}

/** Succeeded only when every host ended as ordered; one unknown host makes the whole an interrupted one. */
export function endingOf(results: readonly HostResult[], isCancelled: boolean): Ending {
  const has = (status: HostResult['status']) => results.some(result => result.status === status)
  if (has('unknown')) return 'interrupted'
  if (!has('failed') && !has('untouched') && !has('put-back')) return 'succeeded'
  if (has('succeeded')) return 'partial'
  if (has('failed')) return 'failed'
  return isCancelled ? 'cancelled' : 'failed'
}

interface HostEnd {
  readonly host: Host
  readonly result: HostResult
  readonly durationMs: number
}

const UNTOUCHED: HostResult = { status: 'untouched' }

async function resultsOf(store: Store, id: string): Promise<ReadonlyMap<string, HostResult>> {
  const recorded = await store.hostResults(id)
  return new Map([...recorded].map(([host, { result }]) => [host, result]))
}
