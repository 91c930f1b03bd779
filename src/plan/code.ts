import type { Because } from '../because.ts'
import type { Order } from '../order.ts'
import { Secret } from '../secret.ts'
import type { Step } from '../step.ts'
import {
  type Circumstances,
  impossible,
  missingSecret,
  type Planned,
  planned,
  unfitHost,
} from './circumstances.ts'
import { filled, madeOf, variableLines } from './container.ts'
import { letIn } from './drain.ts'
import type { ContainerFacts, Facts } from './facts.ts'
import { imageAt, type Source, sourcesOf } from './image.ts'
import type { Move } from './moves.ts'
import { counts, proofs } from './provings.ts'
import { type Replica, replicasOf } from './replica.ts'
import * as steps from './steps.ts'

/** Before any host switches: what brings the commit, and the image of a container that is absent. Harmless to what runs. */
export function planPreparation(order: Order, now: Circumstances): Planned<readonly Step[]> {
  const problem = unfit(order, now)
  if (problem) return impossible(problem)
  return planned([...bringing(order, now.facts), ...pulling(order, now)])
}

export function bringing(order: Order, { checkout, hasRevision, origin }: Facts): readonly Step[] {
  if (checkout !== 'repo') return [steps.clone(order, checkout === 'none')]
  return hasRevision && origin === order.repo ? [] : [steps.fetch(order)]
}

function pulling(order: Order, now: Circumstances): readonly Step[] {
  // One image for all of them.
  const absent = replicasOf(order).find(({ name }) => !now.facts.containers.has(name))
  return absent ? [steps.pull(recordedSources(order, absent, now), now.secretOf)] : []
}

/** With the host's lock held: from the old revision to a proof of the new one. */
export function planActivation(order: Order, now: Circumstances): Planned<readonly Move[]> {
  const problem = unfit(order, now)
  if (problem) return impossible(problem)
  const replicas = replicasOf(order)
  const [first] = replicas
  if (!first) return impossible({ kind: 'fault', detail: 'the order names no container' })
  const ensured = replicas.flatMap(replica => ensure(order, replica, now))
  const isFresh = ({ name }: Replica) => isStartedAnew(now.facts.containers.get(name))
  const moves: Move[] = [...counts(order, replicas, now, isFresh)]
  if (now.facts.wouldLose) moves.push({ kind: 'step', step: steps.keep(order, now.maker.deployment) })
  moves.push({ kind: 'step', step: steps.reset(order) }, ...ensured)
  if (order.preflight) {
    moves.push({
      kind: 'preflight',
      // They all have one checkout and one image.
      step: steps.preflight(first, order.preflight),
      // A deploy that was cut off may have reset already: then nobody here knows what was there before.
      putBack:
        now.facts.head && now.facts.head !== order.revision
          ? steps.putBack(order, now.facts.head)
          : undefined,
      loadedBy: replicas.some(isFresh) ? 'start' : now.facts.touchInDiff.length > 0 ? 'reset' : undefined,
    })
  }
  return planned([...moves, ...proofs(order, replicas, now, isFresh), ...letIn(order, now)])
}

/** What makes a deploy impossible on this host whatever the steps are. */
function unfit(order: Order, now: Circumstances): Because | undefined {
  const problem = unfitHost(order, now)
  if (problem) return problem
  const { facts, digest, secretOf } = now
  for (const { name, group } of replicasOf(order)) {
    const state = facts.containers.get(name)?.state
    switch (state) {
      case undefined: {
        if (!digest) return { kind: 'container-absent', container: name }
        const missing = missingSecret(order, [group], secretOf)
        if (missing !== undefined) return { kind: 'secret-missing', name: missing }
        break
      }
      case 'running':
      case 'paused':
      case 'exited':
      case 'created':
        break
      case 'restarting':
        return { kind: 'container-restarting', container: name, output: '' }
      default:
        return { kind: 'container-state', container: name, state }
    }
  }
  return undefined
}

function ensure(order: Order, replica: Replica, now: Circumstances): readonly Move[] {
  const found = now.facts.containers.get(replica.name)
  switch (found?.state) {
    case undefined: {
      const variables = new Secret(variableLines(order, replica, now.host, name => now.secretOf(name) ?? ''))
      const images = recordedSources(order, replica, now).map(({ image }) => image)
      const words = madeOf(order, replica, now.host, now.digest ?? replica.group.image, now.maker)
      return [{ kind: 'step', step: steps.run(replica, images, variables, words) }]
    }
    case 'paused':
      return [{ kind: 'step', step: steps.unpause(replica) }]
    case 'running':
      return checkMount(order, replica, found, now.facts)
    default:
      return [{ kind: 'step', step: steps.start(replica) }]
  }
}

/** Once per container, start and folder: the check costs a `docker exec`, as long as a whole deploy otherwise takes. */
function checkMount(order: Order, replica: Replica, found: ContainerFacts, facts: Facts): readonly Move[] {
  const memo = `${found.id} ${found.startedAt} ${facts.inode ?? '?'}`
  if (facts.mountsKnown.includes(memo)) return []
  return [
    {
      kind: 'check-mount',
      container: replica.name,
      step: steps.mount(replica, order, memo),
      restart: steps.restart(replica),
    },
  ]
}

/** Whether `ensure` starts it, after the reset. */
function isStartedAnew(found: ContainerFacts | undefined): boolean {
  return found?.state !== 'running' && found?.state !== 'paused'
}

/** Where the image that the target last succeeded with may come from. Mirrors hold it by the same digest. */
function recordedSources(order: Order, replica: Replica, { host, digest }: Circumstances): readonly Source[] {
  const { group } = replica
  const image = digest ?? group.image
  // A bare id: no registry knows it.
  const mirrors = image.includes('@') ? group.mirrors.map(mirror => filled(mirror, order, replica, host)) : []
  return sourcesOf({
    image,
    mirrors: mirrors.map(mirror => imageAt(mirror, image)),
    registries: order.registries,
  })
}
