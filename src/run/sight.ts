import type { ReplicaSighting, Sighting } from '../host-result.ts'
import type { Host, Order } from '../order.ts'
import { type ContainerFacts, CUT_SHORT, type Facts, readFacts } from '../plan/facts.ts'
import { answerText } from '../plan/proof.ts'
import { verifyUrl } from '../plan/provings.ts'
import { type Replica, replicasOf } from '../plan/replica.ts'
import { look } from '../plan/steps.ts'
import type { HostSession } from '../ports/hosts.ts'
import { revisionFrom } from '../revision.ts'
import { type HostWork, type Stopped, stopped, taken } from './host-work.ts'

const ASK_LIMIT_MS = 3_000

type Sighted = Pick<HostWork, 'order' | 'host'> & Partial<Pick<HostWork, 'maker'>>

/** HEAD, container and answer as they are now; undefined when the host cannot be asked. */
export async function sight(work: Sighted, session: HostSession): Promise<Sighting | undefined> {
  // What is not told needs nothing taken out of it.
  const seen = await sightOrWhy({ ...work, secrets: [] }, session)
  return seen.kind === 'seen' ? seen.now : undefined
}

/** The same, or why the host could not be looked at. */
export async function sightOrWhy(
  work: Sighted & Pick<HostWork, 'secrets'>,
  session: HostSession,
): Promise<{ readonly kind: 'seen'; readonly now: Sighting } | Stopped> {
  const { order, host, maker, secrets } = work
  const step = look(order, host)
  const seen = taken(await session.run(step), step, secrets)
  if (seen.kind === 'stopped') return seen
  const facts = readFacts(seen.output)
  if (facts.dockerError === CUT_SHORT) return stopped(step.name, { kind: 'exit', code: 1, output: CUT_SHORT })
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
        ...(order.kind !== 'code' && maker && container
          ? { isNew: container.deployment === maker.deployment }
          : {}),
        ...drainedIn(facts, replica.name),
      }
    }),
  )
  return { kind: 'seen', now: sighting(order, facts.head, seenOf) }
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

export function drainedIn({ drained }: Facts, container: string): Pick<ReplicaSighting, 'drained'> {
  const since = drained.get(container)
  return since === undefined ? {} : { drained: since }
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
  if (replicas) return { head, served, container, image, replicas }
  const { drained, isNew } = seen[0] ?? {}
  return {
    head,
    served,
    container,
    image,
    ...(isNew !== undefined && { isNew }),
    ...(drained !== undefined && { drained }),
  }
}

function agreed(all: readonly (string | undefined)[]): string | undefined {
  return all.every(one => one === all[0]) ? all[0] : undefined
}
