import type { Target } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import type { Host } from '../order.ts'
import { type ContainerFacts, readFacts } from '../plan/facts.ts'
import { digestIn } from '../plan/image.ts'
import { replicasOf } from '../plan/replica.ts'
import { digest, lookAt } from '../plan/steps.ts'
import type { HostSession } from '../ports/hosts.ts'
import type { HostStatus, StatusReport, TargetStatus } from '../status-report.ts'
import { isSameTarget } from '../target.ts'
import { taken } from './host-work.ts'
import { drainedIn, servedBy, sighting } from './sight.ts'
import type { World } from './world.ts'

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
  const underway = unfinished.find(({ order }) => isSameTarget(order.target, id))
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
      status: statusOf(underway),
      requestedBy: underway.requestedBy,
      since: underway.startedAt ?? underway.createdAt,
    },
    hold,
    hosts,
  }
}

function statusOf({ status }: Deployment): NonNullable<TargetStatus['underway']>['status'] {
  return status === 'queued' || status === 'stalled' ? status : 'running'
}

async function hostStatus(world: World, target: Target, host: Host): Promise<HostStatus> {
  const opening = await world.hosts.open(host, { kind: 'look' })
  if (opening.kind === 'closed') return { host: host.name, status: 'unreachable', because: opening.because }
  try {
    return await seenOn(world, opening.session, target, host)
  } finally {
    await opening.session.close()
  }
}

async function seenOn(
  { secrets }: World,
  session: HostSession,
  target: Target,
  host: Host,
): Promise<HostStatus> {
  const step = lookAt(target, host)
  const seen = taken(await session.run(step), step, secrets)
  if (seen.kind === 'stopped') return { host: host.name, status: 'unreachable', because: seen.because }
  const facts = readFacts(seen.output)
  const replicas = replicasOf(target)
  const found = replicas.map(({ name }) => facts.containers.get(name))
  const digests = await digestsOf(session, target, found)
  const seenOf = await Promise.all(
    replicas.map(async (replica, index) => ({
      name: replica.name,
      served: await servedBy(session, target, host, facts.head, replica, found[index]),
      container: facts.dockerError ? undefined : (found[index]?.state ?? 'absent'),
      image: digests.get(found[index]?.imageId ?? ''),
      ...drainedIn(facts, replica.name),
    })),
  )
  const { image, ...now } = sighting(target, facts.head, seenOf)
  return {
    host: host.name,
    status: 'seen',
    now,
    checkout: facts.checkout,
    gitError: facts.gitError,
    dockerError: facts.dockerError,
    digest: image,
    missingTools: facts.missingTools,
    hasEdits: facts.hasEdits,
    holder: facts.holder,
  }
}

/** By the image's id on the host: containers of one group mostly have one image. */
async function digestsOf(
  session: HostSession,
  target: Target,
  containers: readonly (ContainerFacts | undefined)[],
): Promise<ReadonlyMap<string, string | undefined>> {
  const digests = new Map<string, string | undefined>()
  for (const id of new Set(containers.flatMap(container => container?.imageId ?? []))) {
    const image = await session.run(digest(id))
    digests.set(id, image.status === 'ok' ? digestIn(image.output, target.groups[0]?.image ?? '') : undefined)
  }
  return digests
}
