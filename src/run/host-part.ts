import { setTimeout as sleep } from 'node:timers/promises'
import type { Deployment, Host, HostResult, Revision, StepOutcome } from '../deployment.ts'
import { orderBack, planBack } from '../plan/back.ts'
import type { SessionPurpose, Step } from '../ports.ts'
import { activate, digestOf } from './activate.ts'
import { aftermath } from './aftermath.ts'
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
  readonly host: Host
  readonly rollout: Rollout
  readonly digest: string | undefined
  readonly record: RunRecord['add']
  /** By host: what takes back what it has switched to. */
  readonly undo: Map<string, readonly Step[]>
}

/** One host's part and its place in the row. A fault of ours is this host's unknown end, never the end of the others. */
export async function deployOn(part: HostPart): Promise<HostResult> {
  const { host, rollout } = part
  let hadTurn = false
  const turn = async () => {
    hadTurn = await rollout.turn(host.name)
    return hadTurn
  }
  const result = await deployInTurn(part, turn).catch(error => faulty(part, error))
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
  const ended = (stop: Stopped) => endedAfter(part, work, stop)
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
    part.undo.set(host.name, done.undo)
    // The next hosts need not wait for what is only recorded.
    rollout.switched(host.name, true)
    const digest = await digestOf(work, done.containers)
    if (digest === undefined) work.note({ kind: 'digest-unknown' })
    return { status: 'succeeded', proof: done.proof, previous: ready.head, digest }
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

/** The same way back, for one that has switched: `previous` is what it had, `failed` the host that makes it necessary. */
export async function putBack(part: HostPart, previous: Revision, failed: string): Promise<HostResult> {
  const { host, deployment, world } = part
  await part.record({
    kind: 'note',
    host: host.name,
    note: { kind: 'putting-back', revision: previous, failed },
  })
  try {
    const opening = await world.hosts.open(host, purposeOf(part))
    if (opening.kind === 'closed')
      return { status: 'failed', step: 'put-back', because: opening.because, now: undefined }
    const work = workOn(part, opening.session)
    try {
      const back = { ...work, order: orderBack(deployment.order, previous) }
      const done = await activate(back, planBack(part.undo.get(host.name) ?? []))
      if (done.kind === 'stopped') return await endedAfter(part, work, done)
      return { status: 'put-back', proof: done.proof, revision: previous, failed }
    } catch (error) {
      return await endedAfter(part, work, faultOf(error))
    } finally {
      await opening.session.close()
    }
  } catch (error) {
    return faulty(part, error)
  }
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
