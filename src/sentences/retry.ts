import type { Kind } from '../order.ts'
import type { Refusal } from '../refusal.ts'
import { shortRevision } from '../revision.ts'
import { type TargetId, targetText } from '../target.ts'
import { together } from './outside.ts'
import { code } from './phrases.ts'
import type { View } from './view.ts'

/** What would be done again, and where. */
interface Again {
  readonly target: TargetId
  readonly revision: string
  readonly as: Kind
  readonly isRollback: boolean
  readonly hosts: readonly string[]
}

/** How a deployment that fell short is done again; undefined: it is not offered. Where it was typed in a terminal it has no message. */
export function retryText({ phase, deployment }: View): string | undefined {
  const offers = phase.kind === 'ended' ? phase.offers : []
  const offer = offers.find(each => each.kind === 'retry')
  if (!offer) return undefined
  const { order, isRollback, origin } = deployment
  const again = { ...order, as: order.kind, isRollback, hosts: offer.hosts }
  const where = `To do it again on ${together(offer.hosts)}`
  return origin.kind === 'cli'
    ? `${where}: ${typed(again, 'touchdown')}`
    : `${where}, press Retry failed hosts on its message in Slack, or type ${typed(again, '/deploy')}`
}

export function otherOrderText(
  refusal: Refusal & { readonly reason: 'other-order' },
  command: string,
): string {
  const name = targetText(refusal.target)
  return (
    `The same deployment of ${name} cannot be done again on ${together(refusal.hosts)}, because touchdown.yml orders something else for ` +
    `it by now. Nothing was started. To deploy it as it is configured now: ${typed(refusal, command)}.`
  )
}

/** A rollback goes to all hosts. A container without code takes the revision that is there. */
function typed({ target, revision, as, isRollback, hosts }: Again, command: string): string {
  const { service } = target
  const to = targetText(target).slice(service.length)
  const short = shortRevision(revision)
  if (isRollback) return code(`${command} rollback ${service} ${short}${to}`)
  const on = `${to} on ${hosts.join(',')}`
  switch (as) {
    case 'code':
      return code(`${command} ${service} ${short}${on}`)
    case 'full':
      return code(`${command} ${service} ${short}${on} --full`)
    case 'container':
      return code(`${command} ${service}${on} --container`)
  }
}
