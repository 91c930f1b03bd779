import { setTimeout as sleep } from 'node:timers/promises'
import type { Deployment } from '../deployment.ts'
import type { HostResult } from '../host-result.ts'
import type { Host } from '../order.ts'
import type { SessionPurpose } from '../ports/hosts.ts'
import type { StepOutcome } from '../step.ts'
import { aftermath } from './aftermath.ts'
import { type HostWork, type Stopped, stopped } from './host-work.ts'
import type { RunRecord } from './record.ts'
import type { World } from './world.ts'

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

/** Its session holds the target's lock, as this attempt. */
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

/** What is done in this session is told as this host's, and in this deployment's name. */
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

/** What is left of a host that stopped. Of links that this process cuts itself nothing more is asked. */
export async function endedAfter(part: HostPart, work: HostWork, stop: Stopped): Promise<HostResult> {
  return part.world.stop.over.aborted
    ? { status: 'unknown', step: stop.step, because: stop.because, now: undefined }
    : aftermath(work, part.world.hosts, purposeOf(part), stop)
}

/** A fault of ours is told of, and leaves the host's end unknown. */
export function faulty({ host, world }: HostPart, error: unknown): HostResult {
  world.problem(`${host.name} met a fault`, error)
  const { step, because } = faultOf(error)
  return { status: 'unknown', step, because, now: undefined }
}

export function faultOf(error: unknown): Stopped {
  return stopped('bot', { kind: 'fault', detail: error instanceof Error ? error.message : String(error) })
}
