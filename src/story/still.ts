import type { Target } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import type { Void } from '../event.ts'
import type { Host, Order } from '../order.ts'
import { orderCode, orderHash, orderSwap } from '../plan/order.ts'
import { isStillRelease, LOOK_BACK } from '../policy/rollback.ts'
import { findTarget, type Place } from '../policy/target.ts'
import type { Attempt } from '../ports/records/history.ts'
import type { Refusal } from '../refusal.ts'
import type { Bot } from './bot.ts'
import { isNamedByRevision } from './order.ts'
import { actorOf, mayApprove, mayDo } from './rights.ts'

type Asked = Pick<Bot, 'config' | 'people' | 'mirrors' | 'store'>

/**
 * Why what was asked to be approved may not be run any more; undefined: it may. The configuration must still order exactly
 * that, who asked must still be a deployer and who approved an approver, and the revision must still be one that may be
 * deployed. What was said yes to was the target as it was then, so no later deployment may have succeeded since, nor any have begun
 * since a rollback was asked for. A branch that has moved on changes nothing.
 */
export async function voidBecause(bot: Asked, deployment: Deployment): Promise<Void | undefined> {
  const { order, approval, requestedBy } = deployment
  const place = placeOf(bot, order)
  if (!place || orderHash(reordered(order, place)) !== approval?.hash) return { kind: 'config-changed' }
  const { target } = place
  if (await isOvertaken(bot, deployment, target)) return { kind: 'overtaken' }

  const asker = await mayDo(bot.people, await actorOf(bot.people, requestedBy), target, 'deploy')
  if (asker.kind === 'refused') return lost(asker.refusal, requestedBy, 'deploy')
  if (approval.decision) {
    const { by } = approval.decision
    const approver = await mayApprove(bot.people, await actorOf(bot.people, by), target, requestedBy)
    if (approver.kind === 'refused') return lost(approver.refusal, by, 'approve')
  }
  // Of a rollback the records know that hosts have had it, wherever branches are by now.
  return bringsNoCode(order, target) || deployment.isRollback ? undefined : revisionGone(bot, order, target)
}

/** By how many commits the branch that was typed has moved on; undefined: it was no branch, or nobody can tell. */
export async function aheadOf(
  { mirrors, config }: Pick<Bot, 'mirrors' | 'config'>,
  { order, ref, isRollback }: Deployment,
): Promise<number | undefined> {
  if (isRollback) return undefined
  const target = config.services.get(order.target.service)?.targets.get(order.target.environment)
  const now = target && (await mirrors.resolve(target, { kind: 'branch', name: ref }))
  if (now?.kind !== 'yes') return undefined
  return (await mirrors.changes(order.repo, order.revision, now.value.revision)).total
}

function placeOf({ config }: Pick<Bot, 'config'>, { target, hosts }: Order): Place | undefined {
  const place = findTarget({ ...target, hosts: hosts.map(host => host.name) }, config)
  return place.kind === 'yes' ? place.value : undefined
}

/** The same order for these of its hosts; undefined: the configuration of now orders something else. */
export function orderedStill(
  bot: Pick<Bot, 'config'>,
  order: Order,
  hosts: readonly Host[],
): Order | undefined {
  const place = placeOf(bot, order)
  if (!place || orderHash(reordered(order, place)) !== orderHash(order)) return undefined
  const names = new Set(hosts.map(({ name }) => name))
  return reordered(order, { ...place, hosts: place.hosts.filter(({ name }) => names.has(name)) })
}

/** What the configuration of now makes of the same revision and image. */
function reordered(order: Order, { target, hosts }: Place): Order {
  const resolution = { revision: order.revision, branch: order.branch, shown: '' }
  return order.kind === 'code'
    ? orderCode(target, hosts, resolution)
    : orderSwap(order.kind, target, hosts, resolution, order)
}

/**
 * Of any other than a rollback, what has not ended is looked at again before this one begins. A rollback goes back from what
 * was there when it was asked for, which whatever has begun since has changed, however it ended.
 */
async function isOvertaken(
  { store }: Asked,
  { id, order, isRollback, createdAt }: Deployment,
  target: Target,
): Promise<boolean> {
  const attempts = await store.attempts(target, LOOK_BACK)
  const others = attempts.filter(({ deployment }) => deployment.id !== id)
  const ended = others.filter(({ deployment }) => deployment.endedAt !== undefined)
  if (isRollback && (hasBegunSince(others, createdAt) || !isStillRelease(ended, target, order))) return true
  return ended.some(({ deployment: other }) => other.status === 'succeeded' && other.createdAt >= createdAt)
}

function hasBegunSince(attempts: readonly Attempt[], at: number): boolean {
  return attempts.some(({ deployment: { startedAt } }) => startedAt !== undefined && startedAt >= at)
}

/** The commit that the hosts have already need not be in a branch any more. */
export function bringsNoCode({ kind }: Order, target: Target): boolean {
  return kind === 'container' && !isNamedByRevision(target)
}

async function revisionGone(
  { mirrors }: Asked,
  { revision }: Order,
  target: Target,
): Promise<Void | undefined> {
  const still = await mirrors.resolve(target, { kind: 'any', name: revision })
  if (still.kind === 'yes') return undefined
  return still.refusal.reason === 'repo-unreachable'
    ? { kind: 'unchecked', detail: still.refusal.detail }
    : { kind: 'revision-gone', revision }
}

function lost(refusal: Refusal, who: string, right: 'approve' | 'deploy'): Void {
  return refusal.reason === 'groups-unknown' || refusal.reason === 'member-unknown'
    ? { kind: 'unchecked', detail: refusal.detail }
    : { kind: 'right-lost', who, right }
}
