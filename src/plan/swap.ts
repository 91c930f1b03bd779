import type { Because, Group, SwapOrder } from '../deployment.ts'
import type { Step } from '../ports.ts'
import { Secret } from '../secret.ts'
import {
  bringing,
  type Circumstances,
  impossible,
  type Move,
  missingSecret,
  type Planned,
  planned,
  proving,
  unfitHost,
} from './code.ts'
import { madeOf, variableLines } from './container.ts'
import { sourcesOf } from './image.ts'
import * as steps from './steps.ts'

/** Before any host swaps: what brings the image, and for a full deploy the commit. Harmless to what runs. */
export function planSwapPreparation(order: SwapOrder, now: Circumstances): Planned<readonly Step[]> {
  const problem = unfit(order, now)
  if (problem) return impossible(problem)
  const pull = steps.pull(sourcesOf(order), now.secretOf)
  return planned(order.kind === 'full' ? [...bringing(order, now.facts), pull] : [pull])
}

/**
 * With the host's lock held: from the old container to a proof of the new one. A full deploy swaps first, so that new code is
 * never loaded by the old container; where no container or no code was, the code comes first. A preflight is asked in the new
 * container, whichever way it came to its code.
 */
export function planSwap(order: SwapOrder, now: Circumstances): Planned<readonly Move[]> {
  const problem = unfit(order, now)
  if (problem) return impossible(problem)
  const [group] = order.groups
  if (!group) return impossible({ kind: 'fault', detail: 'the order names no container' })
  const swap: readonly Move[] = [
    { kind: 'step', step: create(order, group, now) },
    { kind: 'swap', step: steps.swap(group), undo: steps.swapBack(group) },
  ]
  const proof = (isFresh: boolean): readonly Move[] => [
    ...preflight(order, group),
    { kind: 'prove', proving: proving(order, group, now, isFresh) },
    { kind: 'tidy', step: steps.prune(order, group) },
  ]
  if (order.kind === 'container') return planned([...swap, ...proof(true)])
  const { head, containers, touchInDiff } = now.facts
  const code = codeOf(order, now)
  if (!head || head === order.revision || !containers.has(group.name)) {
    return planned([...code, ...swap, ...proof(true)])
  }
  const count: readonly Move[] = touchInDiff ? [{ kind: 'count', step: steps.reloads(group.name) }] : []
  return planned([...swap, ...count, ...code, ...proof(false)])
}

/** What makes a swap impossible on this host whatever the steps are. A container in trouble is no reason: it is replaced. */
function unfit(order: SwapOrder, now: Circumstances): Because | undefined {
  const problem = unfitHost(order, now)
  if (problem) return problem
  const { head, containers } = now.facts
  for (const group of order.groups) {
    const state = containers.get(group.name)?.state
    if (state === 'removing' || state === 'dead')
      return { kind: 'container-state', container: group.name, state }
  }
  // Also where the image is named by the revision: what the container serves is the checkout.
  if (order.kind === 'container' && head !== order.revision)
    return { kind: 'other-revision', wanted: order.revision, found: head }
  const missing = missingSecret(order, order.groups, now.secretOf)
  return missing === undefined ? undefined : { kind: 'secret-missing', name: missing }
}

function create(order: SwapOrder, group: Group, { host, maker, secretOf }: Circumstances): Step {
  const variables = new Secret(variableLines(order, group, host, name => secretOf(name) ?? ''))
  const images = sourcesOf(order).map(({ image }) => image)
  return steps.create(order, group, images, variables, madeOf(order, group, host, order.image, maker))
}

function codeOf(order: SwapOrder, { facts, maker }: Circumstances): readonly Move[] {
  const undo = facts.head && facts.head !== order.revision ? steps.putBack(order, facts.head) : undefined
  const keep: readonly Move[] = facts.wouldLose
    ? [{ kind: 'step', step: steps.keep(order, maker.deployment) }]
    : []
  return [...keep, { kind: 'step', step: steps.reset(order), undo }]
}

/** What its failure means is told by the moves before it: they are taken back. */
function preflight({ preflight }: SwapOrder, group: Group): readonly Move[] {
  return preflight ? [{ kind: 'step', step: steps.preflight(group.name, group.mount, preflight) }] : []
}
