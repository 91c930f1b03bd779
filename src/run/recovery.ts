import type { Because } from '../because.ts'
import type { Deployment, Ending } from '../deployment.ts'
import type { Found } from '../event.ts'
import type { Host } from '../order.ts'
import type { SessionPurpose } from '../ports/hosts.ts'
import type { Claimed } from '../ports/records/queue.ts'
import { isSameTarget } from '../target.ts'
import { stepEndWaitMs } from './aftermath.ts'
import { runDeployment } from './deploy.ts'
import { type HostPart, purposeOf, workOn } from './host-part.ts'
import { letInAgain } from './let-in.ts'
import type { RunRecord } from './record.ts'
import type { Scheduler } from './scheduler.ts'
import { sight, sightOrWhy } from './sight.ts'
import type { World } from './world.ts'

/** A deployment that ends the bot each time would else end it for ever. One whose hosts come to their ends does not: so many for each. */
const MOST_RESUMES = 3
const ANSWER_MS = 15 * 60_000

/**
 * Takes up what a process left behind when it died. Every host of it is looked at and told in the thread; then the code
 * deploy goes on, because each of its steps can be repeated, unless its target has a later one or it was taken up too often: then it
 * ends as interrupted. One that swaps containers stalls: what to do with what was found is for a person to say.
 * `isMeant`: these alone.
 */
export async function resumeUnfinished(
  world: World,
  scheduler: Scheduler,
  isMeant: (orphan: Deployment) => boolean = () => true,
): Promise<void> {
  for (const orphan of await world.store.orphans(scheduler.owner)) {
    if (!isMeant(orphan)) continue
    if (world.stop.asked.aborted) return
    try {
      await scheduler.takeUp(orphan, taken => (record, own) => goOn(own, taken, record))
    } catch (error) {
      world.problem(`deployment ${orphan.id} could not be taken up`, error)
    }
  }
}

async function goOn(world: World, taken: Claimed, record: RunRecord['add']): Promise<Ending | 'left'> {
  const { deployment, fence } = taken
  const found = await Promise.all(deployment.order.hosts.map(host => findOn(world, taken, host)))
  // Taken is not lost: whoever starts next has another name.
  if (world.stop.asked.aborted) return 'left'
  const isCode = deployment.order.kind === 'code'
  const most = MOST_RESUMES * (1 + (await world.store.hostResults(deployment.id)).size)
  const isLast = isCode && deployment.resumes > most
  await record({ kind: 'resumed', fence, found, ...(isLast && { isLast }) })
  if (await isDone(world, deployment)) return runDeployment(world, taken, record)
  if (isCode) {
    const mayGoOn = !isLast && !(await hasLater(world, deployment))
    return mayGoOn ? runDeployment(world, taken, record) : 'interrupted'
  }
  await letIn(world, taken, found, record)
  // Hosts may have kept us waiting for minutes.
  if ((await world.store.find(deployment.id))?.cancelledBy !== undefined) return 'interrupted'
  const forMs = answerTimeOf(deployment)
  await record({ kind: 'stalled', forMs, expiresAt: world.clock.now() + forMs })
  return 'left'
}

/** As long as somebody had to approve it. */
function answerTimeOf({ approval }: Deployment): number {
  return approval ? approval.expiresAt - approval.askedAt : ANSWER_MS
}

/** What the dead bot has drained, and would have let in. */
async function letIn(
  world: World,
  taken: Claimed,
  found: readonly Found[],
  record: RunRecord['add'],
): Promise<void> {
  const hosts = taken.deployment.order.hosts.filter(({ name }) =>
    found.some(one => one.host === name && isDrained(one)),
  )
  await Promise.all(
    hosts.map(host =>
      letInOn({ world, ...taken, host, digest: undefined, record }).catch(error =>
        world.problem(`what is drained on ${host.name} could not be let in`, error),
      ),
    ),
  )
}

function isDrained({ drained, replicas = [] }: Found): boolean {
  return drained !== undefined || replicas.some(replica => replica.drained !== undefined)
}

async function letInOn(part: HostPart): Promise<void> {
  const opening = await part.world.hosts.open(part.host, purposeFor(part.world, part))
  if (opening.kind === 'closed') return
  try {
    const work = workOn(part, opening.session)
    const now = await sight(work, opening.session)
    if (now) await letInAgain(work, now)
  } finally {
    await opening.session.close()
  }
}

/** What cannot be seen keeps nobody from going on. */
async function findOn(world: World, taken: Claimed, host: Host): Promise<Found> {
  const { id, order, requestedBy } = taken.deployment
  const maker = { deployment: id, by: requestedBy }
  const unseen = (because: Because): Found => {
    return { host: host.name, head: undefined, container: undefined, detail: undefined, because }
  }
  try {
    const opening = await world.hosts.open(host, purposeFor(world, taken))
    if (opening.kind === 'closed') return unseen(opening.because)
    try {
      const seen = await sightOrWhy({ order, host, maker, secrets: world.secrets }, opening.session)
      if (seen.kind === 'stopped') return unseen(seen.because)
      const { now } = seen
      return {
        host: host.name,
        head: now.head,
        container: now.container,
        image: now.image,
        ...(now.replicas && { replicas: now.replicas }),
        ...(now.isNew !== undefined && { isNew: now.isNew }),
        ...(now.drained !== undefined && { drained: now.drained }),
        detail: now.served,
      }
    } finally {
      await opening.session.close()
    }
  } catch (error) {
    world.problem(`${host.name} could not be looked at`, error)
    return unseen({ kind: 'fault', detail: 'it could not be looked at' })
  }
}

/** All hosts had ended as ordered, and only the end itself was not recorded. */
async function isDone({ store }: World, { id, order }: Deployment): Promise<boolean> {
  const results = await store.hostResults(id)
  return order.hosts.every(host => results.get(host.name)?.result.status === 'succeeded')
}

/** A swap that the dead bot began comes to its end without it; what is seen before that means nothing. */
function purposeFor(world: World, claimed: Claimed): SessionPurpose {
  const { order } = claimed.deployment
  return order.kind === 'code'
    ? { kind: 'look' }
    : { ...purposeOf({ ...claimed, world }), lockWaitMs: stepEndWaitMs(order) }
}

async function hasLater(world: World, { order, sequence }: Deployment): Promise<boolean> {
  const unfinished = await world.store.unfinished()
  return unfinished.some(other => other.sequence > sequence && isSameTarget(other.order.target, order.target))
}
