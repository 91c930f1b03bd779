import type { UnheardEnd } from '../because.ts'
import type { Deployment } from '../deployment.ts'
import type { HostResult, Sighting } from '../host-result.ts'
import type { Host, Order } from '../order.ts'
import { HOOK_MS, recall } from '../plan/steps.ts'
import type { HostSession, Hosts, SessionPurpose } from '../ports/hosts.ts'
import { type HostWork, isUnknown, type Stopped } from './host-work.ts'
import { letInAgain } from './let-in.ts'
import { sight } from './sight.ts'

/** A step may still be running on the host after its link was cut; its lock tells when it has ended. */
const STEP_END_WAIT_MS = 45_000

/** What people are told about a host that stopped: why, and what is on it now. After a cut the host is asked over a new link. */
export async function aftermath(
  work: HostWork,
  hosts: Hosts,
  purpose: SessionPurpose & { kind: 'deploy' },
  stopped: Stopped,
): Promise<HostResult> {
  const { step, because, sequence } = stopped
  if (!isUnknown(because)) {
    // The link may be lost only now, or while the old revision was put back.
    const now = (await sight(work, work.session)) ?? (await overNewLink(work, hosts, purpose, undefined)).now
    return { status: 'failed', step, because, now }
  }
  const { ended, now } = await overNewLink(work, hosts, purpose, sequence)
  return {
    status: 'unknown',
    step,
    because: 'ended' in because ? { ...because, ended } : because,
    now,
  }
}

/**
 * Waits for what still runs there: the old session's lock is let go when its last step has ended. What that session has drained is
 * let in where it is well.
 */
async function overNewLink(
  work: HostWork,
  hosts: Hosts,
  purpose: SessionPurpose & { kind: 'deploy' },
  sequence: string | undefined,
): Promise<{ readonly ended: UnheardEnd; readonly now: Sighting | undefined }> {
  await work.session.close()
  const opening = await hosts.open(work.host, { ...purpose, lockWaitMs: stepEndWaitMs(work.order) })
  if (opening.kind === 'closed') {
    const isLocked = opening.because.kind === 'target-locked'
    return { ended: isLocked ? 'still-running' : 'not-known', now: undefined }
  }
  const ended = sequence === undefined ? 'never' : await recalled(opening.session, sequence)
  const anew = { ...work, session: opening.session }
  const now = await sight(anew, anew.session)
  const left = now && (await letInAgain(anew, now))
  await opening.session.close()
  return { ended, now: left }
}

/** A swap ends when the old container has stopped and the new one is well, or was given up. */
export function stepEndWaitMs(order: Order): number {
  if (order.kind === 'code') return STEP_END_WAIT_MS
  const longest = order.groups.map(
    ({ stop, healthyMs, startupMs, beforeReplace, afterReplace }) =>
      stop.graceMs + healthyMs + startupMs + (beforeReplace || afterReplace ? HOOK_MS : 0),
  )
  return STEP_END_WAIT_MS + Math.max(0, ...longest)
}

async function recalled(session: HostSession, sequence: string): Promise<UnheardEnd> {
  const outcome = await session.run(recall(sequence))
  if (outcome.status === 'ok') return { code: Number.parseInt(outcome.output.trim(), 10) }
  return outcome.status === 'failed' ? 'never' : 'not-known'
}

/**
 * What is told of a host whose turn never came. After a restart of the bot the attempt before it may have begun there, so it is
 * looked at first: only one that has nothing of the ordered revision is untouched.
 */
export async function withoutTurn(hosts: Hosts, deployment: Deployment, host: Host): Promise<HostResult> {
  const { order, resumes } = deployment
  if (resumes === 0) return { status: 'untouched' }
  const now = await sightAnew(hosts, order, host).catch(() => undefined)
  const isServed = (now?.replicas ?? [now]).some(one => one?.served === order.revision)
  if (now && now.head !== order.revision && !isServed) return { status: 'untouched' }
  return { status: 'unknown', step: 'turn', because: { kind: 'begun-before' }, now }
}

async function sightAnew(hosts: Hosts, order: Order, host: Host): Promise<Sighting | undefined> {
  const opening = await hosts.open(host, { kind: 'look' })
  if (opening.kind === 'closed') return undefined
  try {
    return await sight({ order, host }, opening.session)
  } finally {
    await opening.session.close()
  }
}
