import type { Target } from '../config/config.ts'
import type { Host, Revision } from '../deployment.ts'
import { verifyUrl } from '../plan/code.ts'
import { readFacts } from '../plan/facts.ts'
import { digestIn } from '../plan/image.ts'
import { answerText } from '../plan/proof.ts'
import { digest, lookAt } from '../plan/steps.ts'
import type { HostSession } from '../ports.ts'
import type { HostStatus, StatusReport, TargetStatus } from '../status-report.ts'
import type { World } from './deploy.ts'

const ASK_LIMIT_MS = 3_000

/** Asks every host what it has and serves: the hosts know, our records only remember. */
export async function askStatus(world: World, targets: readonly Target[]): Promise<StatusReport> {
  const asked = targets.map(target => targetStatus(world, target))
  return { askedAt: world.clock.now(), targets: await Promise.all(asked) }
}

async function targetStatus(world: World, target: Target): Promise<TargetStatus> {
  const id = { service: target.service, environment: target.environment }
  const [last, unfinished, hold, hosts] = await Promise.all([
    world.store.latest(id, 'succeeded'),
    world.store.unfinished(),
    world.store.hold(id),
    Promise.all(target.hosts.map(host => hostStatus(world, target, host))),
  ])
  const underway = unfinished.find(
    ({ order }) => order.target.service === id.service && order.target.environment === id.environment,
  )
  return {
    target: id,
    last: last && {
      revision: last.order.revision,
      ref: last.ref,
      isRollback: last.isRollback,
      requestedBy: last.requestedBy,
      endedAt: last.endedAt ?? last.createdAt,
    },
    underway: underway && {
      revision: underway.order.revision,
      status: underway.status === 'queued' ? 'queued' : 'running',
      requestedBy: underway.requestedBy,
      since: underway.startedAt ?? underway.createdAt,
    },
    hold,
    hosts,
  }
}

async function hostStatus(world: World, target: Target, host: Host): Promise<HostStatus> {
  const opening = await world.hosts.open(host, { kind: 'look' })
  if (opening.kind === 'closed') return { host: host.name, status: 'unreachable', because: opening.because }
  try {
    return await seenOn(opening.session, target, host)
  } finally {
    await opening.session.close()
  }
}

async function seenOn(session: HostSession, target: Target, host: Host): Promise<HostStatus> {
  const seen = await session.run(lookAt(target))
  if (seen.status !== 'ok') {
    return {
      host: host.name,
      status: 'unreachable',
      because: { kind: 'no-session', detail: 'the look did not end' },
    }
  }
  const facts = readFacts(seen.output)
  const group = target.groups[0]
  const container = facts.containers.get(group?.name ?? '')
  const image = container && (await session.run(digest(container.imageId)))
  return {
    host: host.name,
    status: 'seen',
    now: {
      head: facts.head,
      served: await servedBy(session, target, host, facts.head, container),
      container: facts.dockerError ? undefined : (container?.state ?? 'absent'),
    },
    checkout: facts.checkout,
    gitError: facts.gitError,
    dockerError: facts.dockerError,
    digest: image?.status === 'ok' ? digestIn(image.output, group?.image ?? '') : undefined,
    missingTools: facts.missingTools,
    hasEdits: facts.hasEdits,
    holder: facts.holder,
  }
}

async function servedBy(
  session: HostSession,
  target: Target,
  host: Host,
  head: Revision | undefined,
  container: Parameters<typeof verifyUrl>[3],
): Promise<string | undefined> {
  const where = verifyUrl(target, host, head ?? '', container)
  if (!target.verify || !where || 'because' in where) return undefined
  return answerText(await session.ask(where.url, ASK_LIMIT_MS), target.verify, head)
}
