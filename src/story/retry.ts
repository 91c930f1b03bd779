import type { Command } from '../command.ts'
import type { Target } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import type { Host, Order } from '../order.ts'
import type { Actor } from '../policy/actor.ts'
import { hostsToRetry } from '../policy/retry.ts'
import { LOOK_BACK } from '../policy/rollback.ts'
import type { Refusal } from '../refusal.ts'
import { approversOf } from './ask.ts'
import { nameOf, refused } from './audit.ts'
import { begin } from './begin.ts'
import type { Bot } from './bot.ts'
import type { Reply } from './reply.ts'
import { mayDeployNow } from './rights.ts'
import { bringsNoCode, orderedStill } from './still.ts'

/**
 * Does again, on the hosts where it did not succeed, what a deployment was ordered to do: the same revision and image, so that
 * all hosts have the same in the end. Whoever presses needs the right, and what is not what was ordered any more is typed.
 */
export async function retry(
  bot: Bot,
  command: Command,
  actor: Actor,
  deployment: Deployment,
  target: Target,
): Promise<Reply> {
  const { id, order, ref, isRollback } = deployment
  const name = nameOf(target)
  const refuse = (refusal: Refusal) => refused(bot, command, 'retry', name, refusal, id)
  const grant = await mayDeployNow(bot, command, actor, target)
  if (grant.kind === 'refused') return refuse(grant.refusal)

  const hosts = hostsToRetry(await bot.store.attempts(target, LOOK_BACK), id)
  if (hosts.kind === 'refused') return refuse(hosts.refusal)
  if (hosts.value.length === 0) return refuse({ reason: 'not-offered', target: order.target, offer: 'retry' })
  const again = orderedStill(bot, order, hosts.value)
  if (!again) return refuse(otherOrder(deployment, hosts.value))
  const gone = isRollback ? undefined : await notDeployable(bot, again, target)
  if (gone) return refuse(gone)
  const approvers = approversOf(bot, command, actor.id, target, order.kind)
  if (approvers.kind === 'refused') return refuse(approvers.refusal)

  return begin(bot, command, {
    action: 'retry',
    target,
    order: again,
    ref,
    isRollback,
    pulled: undefined,
    after: deployment,
    grant: grant.value,
    approvers: approvers.value,
  })
}

function otherOrder({ order, isRollback }: Deployment, hosts: readonly Host[]): Refusal {
  const { target, revision, kind } = order
  const names = hosts.map(({ name }) => name)
  return { reason: 'other-order', target, revision, as: kind, isRollback, hosts: names }
}

/** Branches and the refs that may be deployed can be others than when it was typed. */
async function notDeployable({ mirrors }: Bot, order: Order, target: Target): Promise<Refusal | undefined> {
  if (bringsNoCode(order, target)) return undefined
  const found = await mirrors.resolve(target, { kind: 'any', name: order.revision })
  return found.kind === 'refused' ? found.refusal : undefined
}
