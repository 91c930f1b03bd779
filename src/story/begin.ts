import type { Command } from '../command.ts'
import type { Target } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import type { Order } from '../order.ts'
import type { Surveyed } from '../plan/order.ts'
import type { Grant } from '../policy/authorize.ts'
import { askedAlready, inTheWay } from '../policy/rollback.ts'
import type { NewDeployment } from '../ports/records/creation.ts'
import { record } from '../run/record.ts'
import { approvalOf } from './ask.ts'
import { again, audit, nameOf, recorded, refused } from './audit.ts'
import type { Bot } from './bot.ts'
import { heldNow } from './holds.ts'
import type { Reply } from './reply.ts'
import { originOf, tellChanges } from './told.ts'

/** What was decided to be done, for somebody who may. */
export interface Beginning {
  readonly action: 'deploy' | 'rollback' | 'retry'
  readonly target: Target
  readonly order: Order
  readonly ref: string
  readonly isRollback: boolean
  /** On which host the image had to be pulled from elsewhere, when it had. */
  readonly pulled: Surveyed['pulled']
  readonly grant: Grant
  /** Of a rollback or retry: the target's newest deployment that had begun when it was decided. After any other it would be wrong. */
  readonly after?: Deployment | undefined
  /** Undefined: nobody has to be asked. */
  readonly approvers: readonly string[] | undefined
}

/** Records the deployment, which from then on waits for its turn or for its approval. */
export async function begin(
  bot: Bot,
  command: Command,
  { action, target, order, ref, isRollback, pulled, after, grant, approvers }: Beginning,
): Promise<Reply> {
  const name = nameOf(order.target)
  const asked = approvers && (await approvalOf(bot, order, target.approvalTimeoutMs, approvers))
  // As late as can be: somebody may have locked it while git and hosts were asked.
  const held = await heldNow(bot, grant.actor, order.target)
  if (held) return refused(bot, command, action, name, held)
  const asking: NewDeployment = {
    id: bot.newId(),
    trigger: command.once ?? command.trigger,
    approval: asked,
    order,
    ref,
    isRollback,
    changes: undefined,
    requestedBy: grant.actor,
    origin: originOf(target, command, bot.config),
  }
  const made = await (action === 'deploy'
    ? bot.store.create(asking)
    : bot.store.createAfter(after?.id, asking))
  const { kind, deployment } = made
  if (kind === 'overtaken') {
    const why = inTheWay(deployment, action === 'retry' ? action : 'rollback')
    return refused(bot, command, action, name, why)
  }
  if (kind === 'asked') return refused(bot, command, action, name, askedAlready(deployment))
  if (kind === 'known') return again(bot, command, action, { kind: 'accepted', deployment })
  const { id, approval } = deployment
  const of = action === 'retry' && after ? ` again after ${after.id}` : ''
  const detail = `${id} ${order.revision}${approval ? ` order ${approval.hash}` : ''}${of} through ${grant.through}`
  await recorded(bot, audit(bot, command, action, name, 'accepted', detail))
  if (approval) for (const { event } of await bot.store.events(id)) bot.teller.tell(deployment, event)
  if (pulled) await recorded(bot, record(bot, deployment, { kind: 'note', ...pulled }))
  bot.scheduler.wake()
  void tellChanges(bot, deployment)
  return { kind: 'accepted', deployment }
}
