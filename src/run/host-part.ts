import { setTimeout as sleep } from 'node:timers/promises'
import type { Deployment } from '../deployment.ts'
import type { Cause, HostResult, Proof, Sighting } from '../host-result.ts'
import type { Host, Order } from '../order.ts'
import { orderBack, planBack } from '../plan/back.ts'
import type { SessionPurpose } from '../ports/hosts.ts'
import type { StepOutcome } from '../step.ts'
import { activate, digestOf } from './activate.ts'
import { aftermath } from './aftermath.ts'
import type { Before, Part, WayBack } from './back.ts'
import type { World } from './deploy.ts'
import { type HostWork, type Stopped, stopped } from './host-work.ts'
import { prepare } from './prepare.ts'
import type { RunRecord } from './record.ts'
import type { Rollout } from './rollout.ts'

/** How long another session of the same target may still hold a host: its running step and 20 s. */
const TARGET_LOCK_WAIT_MS = 60_000

/** What one host's part in a deployment's run goes by. */
export interface HostPart {
  readonly world: World
  readonly deployment: Deployment
  readonly fence: number
  readonly firstFence: number
  readonly host: Host
  readonly digest: string | undefined
  readonly record: RunRecord['add']
}

/** Where a host stands among the others, and what it had when an attempt that died has changed it before. */
export interface Place {
  readonly rollout: Rollout
  readonly before: Before | undefined
}

/** One host's part and its place in the row. A fault of ours is this host's unknown end, never the end of the others. */
export async function deployOn(part: HostPart, place: Place): Promise<Part> {
  const { host } = part
  const { rollout } = place
  let hadTurn = false
  const turn = async () => {
    hadTurn = await rollout.turn(host.name)
    return hadTurn
  }
  const done = await deployInTurn(part, place, turn).catch(error => only(faulty(part, error)))
  const { status } = done.result
  rollout.prepared(host.name, hadTurn || status === 'untouched')
  if (hadTurn) rollout.switched(host.name, status === 'succeeded')
  return done
}

function only(result: HostResult, before?: Before): Part {
  return { result, before, undo: [] }
}

/** From connect to proof. */
async function deployInTurn(part: HostPart, place: Place, turn: () => Promise<boolean>): Promise<Part> {
  const { host, world } = part
  const { rollout } = place
  const purpose = purposeOf(part)
  const opening = await world.hosts.open(host, purpose)
  if (opening.kind === 'closed') return only(notOpened(opening.because))
  const work = workOn(part, opening.session)
  let { before } = place
  const ended = async (stop: Stopped) => only(await endedAfter(part, work, stop), before)
  try {
    const ready = await prepare(work, {
      fetch: fetch => world.fetches.add(fetch),
      pull: pull => rollout.seeded(host.name, pull),
    })
    rollout.prepared(host.name, ready.kind === 'prepared')
    if (ready.kind === 'stopped') return await ended(ready)
    if (!(await turn())) return only({ status: 'untouched' })
    if (before === undefined) {
      before = { head: ready.head }
      await part.record({ kind: 'turn', host: host.name, head: ready.head })
    }
    const done = await activate(work)
    if (done.kind === 'stopped') return await ended(done)
    // The next hosts need not wait for what is only recorded.
    rollout.switched(host.name, true)
    const digest = await digestOf(work, done.containers)
    if (digest === undefined) work.note({ kind: 'digest-unknown' })
    const result = { status: 'succeeded', proof: done.proof, previous: before.head, digest } as const
    return { result, before, undo: done.undo }
  } catch (error) {
    return await ended(faultOf(error))
  } finally {
    await opening.session.close()
  }
}

/** What is left of a host that stopped. Of links that this process cuts itself nothing more is asked. */
async function endedAfter(part: HostPart, work: HostWork, stop: Stopped): Promise<HostResult> {
  return part.world.stop.over.aborted
    ? { status: 'unknown', step: stop.step, because: stop.because, now: undefined }
    : aftermath(work, part.world.hosts, purposeOf(part), stop)
}

/** The same way back to what it had; what was proved of it stays known where it cannot be put back. */
export async function putBack(part: HostPart, way: WayBack, cause: Cause): Promise<HostResult> {
  const { host } = part
  const { previous, result } = way
  await part.record({
    kind: 'note',
    host: host.name,
    note: { kind: 'putting-back', revision: previous, cause },
  })
  const back = await goBack(part, way, cause).catch(error => faulty(part, error))
  if (result.status === 'succeeded') return stayedOr(part.deployment.order, back, result.proof, cause)
  if (back.status === 'unknown') return back
  if (back.status === 'put-back') {
    const served = back.proof === 'served' ? previous : undefined
    const now = { head: previous, served, container: 'running' }
    return { ...result, now, restored: { revision: previous, proof: back.proof } }
  }
  if (back.status !== 'failed') return result
  const { step, because, now } = back
  await part.record({ kind: 'note', host: host.name, note: { kind: 'also-stopped', step, because } })
  return { ...result, now }
}

async function goBack(part: HostPart, { previous, undo }: WayBack, cause: Cause): Promise<HostResult> {
  const { host, deployment, world } = part
  const opening = await world.hosts.open(host, purposeOf(part))
  if (opening.kind === 'closed')
    return { status: 'failed', step: 'put-back', because: opening.because, now: undefined }
  const work = workOn(part, opening.session)
  try {
    const back = { ...work, order: orderBack(deployment.order, previous) }
    const done = await activate(back, planBack(undo))
    if (done.kind === 'stopped') return await endedAfter(part, work, done)
    return { status: 'put-back', proof: done.proof, revision: previous, cause }
  } catch (error) {
    return await endedAfter(part, work, faultOf(error))
  } finally {
    await opening.session.close()
  }
}

/** One that could not be put back: what was proved stands, unless it was seen to have something else by now. */
function stayedOr(order: Order, back: HostResult, proof: Proof, cause: Cause): HostResult {
  if (back.status !== 'failed' && back.status !== 'unknown') return back
  const isAsBefore = back.now ? isThere(order, back.now) : back.step === 'put-back'
  return { ...back, stayed: { cause, proof: isAsBefore ? proof : undefined } }
}

function isThere(order: Order, now: Sighting): boolean {
  const containers = now.replicas ?? [now]
  return (
    now.head === order.revision &&
    containers.every(({ served, container, image }) => {
      if (container !== 'running' || (order.verify && served !== order.revision)) return false
      return order.kind === 'code' || image?.split('@').at(-1) === order.image.split('@').at(-1)
    })
  )
}

function notOpened(because: Stopped['because']): HostResult {
  return { status: 'failed', step: 'connect', because, now: undefined }
}

function faulty({ host, world }: HostPart, error: unknown): HostResult {
  world.problem(`${host.name} met a fault`, error)
  const { step, because } = faultOf(error)
  return { status: 'unknown', step, because, now: undefined }
}

function faultOf(error: unknown): Stopped {
  return stopped('bot', { kind: 'fault', detail: error instanceof Error ? error.message : String(error) })
}

export function purposeOf({
  deployment,
  fence,
  firstFence,
  world,
}: Pick<HostPart, 'deployment' | 'fence' | 'firstFence' | 'world'>): SessionPurpose & { kind: 'deploy' } {
  return {
    kind: 'deploy',
    deployment: deployment.id,
    target: deployment.order.target,
    installation: world.store.installation,
    fence,
    firstFence,
    by: deployment.requestedBy,
    lockWaitMs: TARGET_LOCK_WAIT_MS,
  }
}

export function workOn(part: HostPart, session: HostWork['session']): HostWork {
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
