import type { Because } from '../because.ts'
import type { SwapOrder } from '../order.ts'
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
import { bringing } from './code.ts'
import { madeOf, variableLines } from './container.ts'
import { hook } from './drain.ts'
import type { Facts } from './facts.ts'
import { sourcesOf } from './image.ts'
import type { Move, Undo } from './moves.ts'
import { counts, proofs } from './provings.ts'
import { type Replica, replicasOf } from './replica.ts'
import * as steps from './steps.ts'

/** Before any host swaps: what brings the image, and for a full deploy the commit. Harmless to what runs. */
export function planSwapPreparation(order: SwapOrder, now: Circumstances): Planned<readonly Step[]> {
  const problem = unfit(order, now)
  if (problem) return impossible(problem)
  const pull = steps.pull(sourcesOf(order), now.secretOf)
  return planned(order.kind === 'full' ? [...bringing(order, now.facts), pull] : [pull])
}

/**
 * With the host's lock held: from the old containers to a proof of the new ones, one after another. A full deploy swaps first, so
 * that new code is never loaded by an old container; where no container or no code was, the code comes first. A preflight is
 * asked in a new container, whichever way it came to its code.
 */
export function planSwap(order: SwapOrder, now: Circumstances): Planned<readonly Move[]> {
  const problem = unfit(order, now)
  if (problem) return impossible(problem)
  const replicas = replicasOf(order)
  const [first] = replicas
  if (!first) return impossible({ kind: 'fault', detail: 'the order names no container' })
  const provedEach = replicas.flatMap(replica =>
    replaced(order, replica, now, [
      ...preflight(order, replica),
      ...proofs(order, [replica], now, () => true),
    ]),
  )
  const prune: Move = { kind: 'tidy', step: steps.prune(order) }
  if (order.kind === 'container') return planned([...provedEach, prune])
  const { head, containers } = now.facts
  const code = codeOf(order, now)
  if (!head || head === order.revision || !replicas.some(({ name }) => containers.has(name))) {
    return planned([...code, ...provedEach, prune])
  }
  const notFresh = () => false
  return planned([
    ...replicas.flatMap(replica => replaced(order, replica, now, [])),
    ...counts(order, replicas, now, notFresh),
    ...code,
    ...preflight(order, first),
    ...proofs(order, replicas, now, notFresh),
    prune,
  ])
}

/**
 * A new container in the place of an old one. Taking it back goes the same way: what was drained for it is drained again, and
 * let in again after, also when it is the swap itself that failed. Where none was before there is none to be let in.
 */
function replaced(
  order: SwapOrder,
  replica: Replica,
  now: Circumstances,
  proof: readonly Move[],
): readonly Move[] {
  const before = hook('before_replace', order, replica, now.host)
  const after = hook('after_replace', order, replica, now.host)
  const drain = serves(replica, now.facts) ? before : undefined
  const wasThere = now.facts.containers.has(replica.name)
  const swapBack = wasThere ? steps.swapBack(replica) : steps.takeAway(replica)
  const undo = (...all: readonly (Step | undefined)[]): Undo => ({
    of: replica.name,
    steps: all.filter(step => step !== undefined),
  })
  return [
    { kind: 'step', step: create(order, replica, now) },
    ...(drain ? [{ kind: 'step', step: drain, undo: undo(after) } as const] : []),
    {
      kind: 'swap',
      step: steps.swap(replica),
      undo: undo(swapBack, drain && after),
      container: replica.name,
    },
    ...proof,
    ...(after
      ? [
          {
            kind: 'step',
            step: after,
            undo: undo(before, swapBack, wasThere && before ? after : undefined),
          } as const,
        ]
      : []),
  ]
}

/** What does not run has nothing to be drained, and no ports; nor has one that ends again and again. */
function serves({ name }: Replica, { containers }: Facts): boolean {
  return ['running', 'paused'].includes(containers.get(name)?.state ?? '')
}

/** What makes a swap impossible on this host whatever the steps are. A container in trouble is no reason: it is replaced. */
function unfit(order: SwapOrder, now: Circumstances): Because | undefined {
  const problem = unfitHost(order, now)
  if (problem) return problem
  const { head, containers } = now.facts
  for (const { name } of replicasOf(order)) {
    const state = containers.get(name)?.state
    if (state === 'removing' || state === 'dead') return { kind: 'container-state', container: name, state }
  }
  // Also where the image is named by the revision: what the container serves is the checkout.
  if (order.kind === 'container' && head !== order.revision)
    return { kind: 'other-revision', wanted: order.revision, found: head }
  const missing = missingSecret(order, order.groups, now.secretOf)
  return missing === undefined ? undefined : { kind: 'secret-missing', name: missing }
}

function create(order: SwapOrder, replica: Replica, { host, maker, secretOf }: Circumstances): Step {
  const variables = new Secret(variableLines(order, replica, host, name => secretOf(name) ?? ''))
  const images = sourcesOf(order).map(({ image }) => image)
  return steps.create(order, replica, images, variables, madeOf(order, replica, host, order.image, maker))
}

function codeOf(order: SwapOrder, { facts, maker }: Circumstances): readonly Move[] {
  const undo =
    facts.head && facts.head !== order.revision
      ? { of: undefined, steps: [steps.putBack(order, facts.head)] }
      : undefined
  const keep: readonly Move[] = facts.wouldLose
    ? [{ kind: 'step', step: steps.keep(order, maker.deployment) }]
    : []
  return [...keep, { kind: 'step', step: steps.reset(order), undo }]
}

/** What its failure means is told by the moves before it: they are taken back. */
function preflight({ preflight }: SwapOrder, replica: Replica): readonly Move[] {
  return preflight ? [{ kind: 'step', step: steps.preflight(replica, preflight) }] : []
}
