import type { Ending } from '../deployment.ts'
import type { HostResult } from '../host-result.ts'
import type { Host } from '../order.ts'
import type { Claimed } from '../ports/records/queue.ts'
import type { Store } from '../ports/store.ts'
import { withoutTurn } from './aftermath.ts'
import { type Before, causeOf, type Part, waysBack } from './back.ts'
import { deployOn } from './deploy-host.ts'
import type { HostPart } from './host-part.ts'
import { explained } from './older-records.ts'
import { putBack } from './put-back.ts'
import type { RunRecord } from './record.ts'
import { startRollout } from './rollout.ts'
import type { World } from './world.ts'

/** One run of a deployment, and what is known of its hosts so far. */
interface Run {
  readonly world: World
  readonly claimed: Claimed
  readonly record: RunRecord['add']
  readonly digest: string | undefined
  readonly parts: Map<string, Part>
}

/**
 * Runs a claimed deployment: every host gets a result, recorded and told. The ending is the caller's to record. `left`: the
 * process stops before there is one; the records still say that it runs, so the next start takes it up.
 */
export async function runDeployment(
  world: World,
  claimed: Claimed,
  record: RunRecord['add'],
): Promise<Ending | 'left'> {
  const { id, order } = claimed.deployment
  const digest = await world.store.recordedDigest(order.target)
  const { earlier, before } = await recordedOf(world.store, id)
  // Before a crash a host had failed: it is not tried again, and the others go back.
  const goesBack = order.onFailure === 'rollback' && causeOf(order, earlier) !== undefined
  const parts = new Map([...earlier].filter(([, { result }]) => goesBack || result.status === 'succeeded'))
  const run: Run = { world, claimed, record, digest, parts }
  const hosts = order.hosts.filter(({ name }) => !parts.has(name))
  const waiting = goesBack ? hosts : await go(run, hosts, before)
  if (waiting === 'left') return 'left'
  await Promise.all(waiting.map(host => settle(run, host)))
  if ((await goBack(run)) === 'left') return 'left'
  // What the hosts ended with is known: records that cannot be read now may only leave out who stopped the rest.
  const results = [...parts.values()].map(({ result }) => result)
  return endingOf(results, await isCancelled(world.store, id).catch(() => false))
}

/** All hosts, in the order of the rollout; those whose turn never came are still to be looked at. */
async function go(
  run: Run,
  hosts: readonly Host[],
  before: ReadonlyMap<string, Before>,
): Promise<readonly Host[] | 'left'> {
  const { world, claimed } = run
  const { id, order } = claimed.deployment
  let isHeldBack = false
  const mayGoOn = async () => {
    if (await isCancelled(world.store, id)) return false
    isHeldBack ||= world.stop.asked.aborted
    return !isHeldBack
  }
  const names = hosts.map(({ name }) => name)
  const rollout = startRollout(names, order, mayGoOn)
  const ends = await Promise.all(
    hosts.map(async host => {
      const place = { rollout, before: before.get(host.name) }
      const { part, durationMs } = await timed(run, host, () => deployOn(partOf(run, host), place))
      if (part.result.status === 'untouched') return [host]
      await hostEnded(run, host, part, durationMs)
      return []
    }),
  )
  return world.stop.over.aborted || isHeldBack ? 'left' : ends.flat()
}

async function settle(run: Run, host: Host): Promise<void> {
  const { world, claimed } = run
  const result = await withoutTurn(world.hosts, claimed.deployment, host)
  await hostEnded(run, host, { result, before: undefined, undo: [] }, 0)
}

/** Where one has failed and the order says so. */
async function goBack(run: Run): Promise<'left' | undefined> {
  const { world, claimed, parts } = run
  const { order } = claimed.deployment
  const cause = causeOf(order, parts)
  if (!cause) return undefined
  for (const together of waysBack(order, parts)) {
    await Promise.all(
      together.map(async way => {
        const { part, durationMs } = await timed(run, way.host, async () => {
          const result = await putBack(partOf(run, way.host), way, cause)
          return { result, before: { head: way.previous }, undo: [] }
        })
        if (!world.stop.over.aborted) await hostEnded(run, way.host, part, durationMs)
      }),
    )
    if (world.stop.over.aborted) return 'left'
  }
  return undefined
}

function partOf({ world, claimed, digest, record }: Run, host: Host): HostPart {
  return { world, ...claimed, host, digest, record }
}

async function timed(
  { world }: Run,
  host: Host,
  work: () => Promise<Part>,
): Promise<{ readonly part: Part; readonly durationMs: number }> {
  const start = world.clock.monotonic()
  const part = await world.lanes.run(host, work)
  return { part, durationMs: world.clock.monotonic() - start }
}

async function hostEnded(run: Run, host: Host, part: Part, durationMs: number): Promise<void> {
  const result = await explained(run.world, run.claimed, host, part.result)
  run.parts.set(host.name, { ...part, result })
  await run.record({ kind: 'host-ended', host: host.name, result, durationMs })
}

async function isCancelled(store: Store, id: string): Promise<boolean> {
  return (await store.find(id))?.cancelledBy !== undefined
}

/** Succeeded only when every host ended as ordered; one unknown host makes the whole an interrupted one. */
export function endingOf(results: readonly HostResult[], isCancelled: boolean): Ending {
  const has = (status: HostResult['status']) => results.some(result => result.status === status)
  if (has('unknown')) return 'interrupted'
  if (!has('failed') && !has('untouched') && !has('put-back')) return 'succeeded'
  const hasStayed = results.some(result => result.status === 'failed' && result.stayed?.proof !== undefined)
  if (has('succeeded') || hasStayed) return 'partial'
  if (has('failed')) return 'failed'
  return isCancelled ? 'cancelled' : 'failed'
}

/** What attempts that died have recorded: how hosts ended, and what each had before its first change. */
async function recordedOf(
  store: Store,
  id: string,
): Promise<{ readonly earlier: ReadonlyMap<string, Part>; readonly before: ReadonlyMap<string, Before> }> {
  const before = new Map<string, Before>()
  for (const { event } of await store.events(id))
    if (event.kind === 'turn' && !before.has(event.host)) before.set(event.host, { head: event.head })
  const earlier = [...(await store.hostResults(id))].map(([host, { result }]): [string, Part] => [
    host,
    { result, before: before.get(host), undo: [] },
  ])
  return { earlier: new Map(earlier), before }
}
