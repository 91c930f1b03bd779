import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import type { Deployment, Ending, Host, HostResult, StepOutcome } from '../deployment.ts'
import type { Claimed, Clock, Hosts, SessionPurpose, Store, Teller } from '../ports.ts'
import { activate, digestOf } from './activate.ts'
import { aftermath, withoutTurn } from './aftermath.ts'
import { type HostWork, type Stopped, stopped } from './host-work.ts'
import type { Lanes } from './lanes.ts'
import { prepare } from './prepare.ts'
import type { RunRecord } from './record.ts'
import { type Rollout, startRollout } from './rollout.ts'
import type { Stop } from './stop.ts'

/** How long another session of the same target may still hold a host: its running step and 20 s. */
const TARGET_LOCK_WAIT_MS = 60_000
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
  const earlier = await store.hostResults(deployment.id)
  const hosts = deployment.order.hosts.filter(host => earlier.get(host.name)?.result.status !== 'succeeded')
  const isCancelled = async () => (await store.find(deployment.id))?.cancelledBy !== undefined
  let isHeldBack = false
  const mayGoOn = async () => {
    if (await isCancelled()) return false
    isHeldBack ||= world.stop.asked.aborted
    return !isHeldBack
  }
  const rollout = startRollout(
    hosts.map(host => host.name),
    deployment.order,
    mayGoOn,
  )
  const digest = await store.recordedDigest(deployment.order.target)

  const hostEnded = ({ host, result, durationMs }: HostEnd) =>
    record({ kind: 'host-ended', host: host.name, result, durationMs })

  const ends = await Promise.all(
    hosts.map(async host => {
      const start = clock.monotonic()
      const part = { world, deployment, fence, host, rollout, digest, record }
      const result = await world.lanes.run(host, () => deployOn(part))
      const end = { host, result, durationMs: clock.monotonic() - start }
      if (result.status !== 'untouched') await hostEnded(end)
      return end
    }),
  )
  if (world.stop.over.aborted || isHeldBack) return 'left'
  const results = await Promise.all(
    ends.map(async end => {
      if (end.result.status !== 'untouched') return end.result
      const result = await withoutTurn(world.hosts, deployment, end.host)
      await hostEnded({ ...end, result })
      return result
    }),
  )
  const before = [...earlier.values()]
    .map(entry => entry.result)
    .filter(result => result.status === 'succeeded')
  // What the hosts ended with is known: records that cannot be read now may only leave out who stopped the rest.
  return endingOf([...before, ...results], await isCancelled().catch(() => false))
}

/** Succeeded only when every host ended as ordered; one unknown host makes the whole an interrupted one. */
export function endingOf(results: readonly HostResult[], isCancelled: boolean): Ending {
  const has = (status: HostResult['status']) => results.some(result => result.status === status)
  if (has('unknown')) return 'interrupted'
  if (!has('failed') && !has('untouched')) return 'succeeded'
  if (has('succeeded')) return 'partial'
  if (has('failed')) return 'failed'
  return isCancelled ? 'cancelled' : 'failed'
}

interface HostEnd {
  readonly host: Host
  readonly result: HostResult
  readonly durationMs: number
}

interface HostPart {
  readonly world: World
  readonly deployment: Deployment
  readonly fence: number
  readonly host: Host
  readonly rollout: Rollout
  readonly digest: string | undefined
  readonly record: RunRecord['add']
}

/** One host's part and its place in the row. A fault of ours is this host's unknown end, never the end of the others. */
async function deployOn(part: HostPart): Promise<HostResult> {
  const { host, rollout, world } = part
  let hadTurn = false
  const turn = async () => {
    hadTurn = await rollout.turn(host.name)
    return hadTurn
  }
  const result = await deployInTurn(part, turn).catch((error): HostResult => {
    world.problem(`${host.name} met a fault`, error)
    const { step, because } = faultOf(error)
    return { status: 'unknown', step, because, now: undefined }
  })
  rollout.prepared(host.name, hadTurn || result.status === 'untouched')
  if (hadTurn) rollout.switched(host.name, result.status === 'succeeded')
  return result
}

/** From connect to proof. */
async function deployInTurn(part: HostPart, turn: () => Promise<boolean>): Promise<HostResult> {
  const { host, rollout, world } = part
  const purpose = purposeOf(part)
  const opening = await world.hosts.open(host, purpose)
  if (opening.kind === 'closed') return notOpened(opening.because)
  const work = workOn(part, opening.session)
  const ended = async (stop: Stopped): Promise<HostResult> =>
    world.stop.over.aborted
      ? { status: 'unknown', step: stop.step, because: stop.because, now: undefined }
      : aftermath(work, world.hosts, purpose, stop)
  try {
    const ready = await prepare(work, {
      fetch: fetch => world.fetches.add(fetch),
      pull: pull => rollout.seeded(host.name, pull),
    })
    rollout.prepared(host.name, ready.kind === 'prepared')
    if (ready.kind === 'stopped') return await ended(ready)
    if (!(await turn())) return { status: 'untouched' }
    const done = await activate(work)
    if (done.kind === 'stopped') return await ended(done)
    // The next hosts need not wait for what is only recorded.
    rollout.switched(host.name, true)
    const digest = await digestOf(work, done.container)
    if (digest === undefined) work.note({ kind: 'digest-unknown' })
    return { status: 'succeeded', proof: done.proof, previous: ready.head, digest }
  } catch (error) {
    return await ended(faultOf(error))
  } finally {
    await opening.session.close()
  }
}

function notOpened(because: Stopped['because']): HostResult {
  return { status: 'failed', step: 'connect', because, now: undefined }
}

function faultOf(error: unknown): Stopped {
  return stopped('bot', { kind: 'fault', detail: error instanceof Error ? error.message : String(error) })
}

export function purposeOf({
  deployment,
  fence,
  world,
}: Pick<HostPart, 'deployment' | 'fence' | 'world'>): SessionPurpose & { kind: 'deploy' } {
  return {
    kind: 'deploy',
    deployment: deployment.id,
    target: deployment.order.target,
    installation: world.store.installation,
    fence,
    by: deployment.requestedBy,
    lockWaitMs: TARGET_LOCK_WAIT_MS,
  }
}

function workOn(part: HostPart, session: HostWork['session']): HostWork {
  const { world, deployment, host, record, digest } = part
  return {
    order: deployment.order,
    host,
    session,
    maker: { deployment: deployment.id, by: deployment.requestedBy },
    digest,
    clock: world.clock,
    secretOf: world.secretOf,
    secrets: world.secrets,
    pause: ms => sleep(ms, undefined, { signal: world.stop.over }),
    told: (step: string, outcome: StepOutcome) =>
      void record({ kind: 'step', host: host.name, step, outcome }),
    note: note => void record({ kind: 'note', host: host.name, note }),
  }
}
