import {
  type Because,
  type Deployment,
  type Host,
  type HostResult,
  type Order,
  type ReplicaSighting,
  revisionFrom,
  type Sighting,
} from '../deployment.ts'
import { verifyUrl } from '../plan/code.ts'
import { type ContainerFacts, CUT_SHORT, readFacts } from '../plan/facts.ts'
import { answerText } from '../plan/proof.ts'
import { type Replica, replicasOf } from '../plan/replica.ts'
import { HOOK_MS, look, recall } from '../plan/steps.ts'
import type { HostSession, Hosts, SessionPurpose } from '../ports.ts'
import { type HostWork, isUnknown, type Stopped } from './host-work.ts'

const ASK_LIMIT_MS = 3_000
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
    because: because.kind === 'link-lost' ? { kind: 'link-lost', ended } : because,
    now,
  }
}

/** Waits for what still runs there: the old session's lock is let go when its last step has ended. */
async function overNewLink(
  work: HostWork,
  hosts: Hosts,
  purpose: SessionPurpose & { kind: 'deploy' },
  sequence: string | undefined,
): Promise<{ readonly ended: LostLink['ended']; readonly now: Sighting | undefined }> {
  await work.session.close()
  const opening = await hosts.open(work.host, { ...purpose, lockWaitMs: stepEndWaitMs(work.order) })
  if (opening.kind === 'closed') {
    const isLocked = opening.because.kind === 'target-locked'
    return { ended: isLocked ? 'still-running' : 'not-known', now: undefined }
  }
  const ended = sequence === undefined ? 'never' : await recalled(opening.session, sequence)
  const now = await sight(work, opening.session)
  await opening.session.close()
  return { ended, now }
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

type LostLink = Because & { kind: 'link-lost' }

async function recalled(session: HostSession, sequence: string): Promise<LostLink['ended']> {
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

/** HEAD, container and answer as they are now; undefined when the host cannot be asked. */
export async function sight(
  work: Pick<HostWork, 'order' | 'host'>,
  session: HostSession,
): Promise<Sighting | undefined> {
  const { order, host } = work
  const seen = await session.run(look(order, host))
  if (seen.status !== 'ok') return undefined
  const facts = readFacts(seen.output)
  if (facts.dockerError === CUT_SHORT) return undefined
  const target = { ...order, ...order.target }
  const seenOf = await Promise.all(
    replicasOf(order).map(async replica => {
      const container = facts.containers.get(replica.name)
      return {
        name: replica.name,
        // What a hanging Docker runs answers all the same; what is absent does not, whoever else has its port.
        served:
          container || facts.dockerError
            ? await servedBy(session, target, host, order.revision, replica, container)
            : undefined,
        container: facts.dockerError ? undefined : (container?.state ?? 'absent'),
        image: order.kind === 'code' ? undefined : container?.image,
      }
    }),
  )
  return sighting(order, facts.head, seenOf)
}

/** What a container answers, in words; undefined where nothing says what to ask. */
export async function servedBy(
  session: HostSession,
  target: Parameters<typeof verifyUrl>[0],
  host: Host,
  wanted: string | undefined,
  replica: Replica,
  container: ContainerFacts | undefined,
): Promise<string | undefined> {
  const where = verifyUrl(target, host, wanted ?? '', replica, container)
  if (!target.verify || !where || 'because' in where) return undefined
  return answerText(await session.ask(where.url, ASK_LIMIT_MS), target.verify, revisionFrom(wanted ?? ''))
}

/** What is said of the host as a whole is what all its replicas say: one that serves is not the host. */
export function sighting(
  { groups }: Pick<Order, 'groups'>,
  head: string | undefined,
  seen: readonly ReplicaSighting[],
): Sighting {
  const container = seen[0]?.container
  const served = agreed(seen.map(replica => replica.served))
  const image = agreed(seen.map(replica => replica.image))
  const replicas = groups.some(group => group.replicas !== undefined) ? seen : undefined
  return { head, served, container, image, ...(replicas && { replicas }) }
}

function agreed(all: readonly (string | undefined)[]): string | undefined {
  return all.every(one => one === all[0]) ? all[0] : undefined
}
