import type { Order } from '../order.ts'
import type { Step } from '../step.ts'
import type { Circumstances } from './circumstances.ts'
import type { Move } from './moves.ts'
import { blanksOf, type Replica, replicasOf } from './replica.ts'
import * as steps from './steps.ts'
import { fill } from './template.ts'

/** The command before or after a container is replaced. The host fills in the ports: it is another container then. */
export function hook(
  verb: 'before_replace' | 'after_replace',
  { target, revision }: Pick<Order, 'target' | 'revision'>,
  replica: Replica,
  host: Circumstances['host'],
): Step | undefined {
  const { beforeReplace, afterReplace } = replica.group
  const blanks = { ...blanksOf(target, host, revision, replica.number), ports: 'later' } as const
  const command = verb === 'before_replace' ? beforeReplace : afterReplace
  const words = command?.map(word => {
    const filled = fill(word, blanks)
    return filled.kind === 'text' ? filled.text : word
  })
  return words && steps.hook(verb, replica, words)
}

/** Lets in what an earlier deployment has drained, and did not let in because its bot or link was lost. */
export function letIn(order: Order, { facts, host }: Circumstances): readonly Move[] {
  return replicasOf(order).flatMap(replica => {
    const step = facts.drained.has(replica.name) && hook('after_replace', order, replica, host)
    return step ? [{ kind: 'step', step } as const] : []
  })
}

/** Drained containers that nothing would let in: touchdown.yml has no command for it any more. */
export function shutOut(
  order: Order,
  { drained }: Pick<Circumstances['facts'], 'drained'>,
): readonly string[] {
  return replicasOf(order).flatMap(({ name, group }) =>
    drained.has(name) && !group.afterReplace ? [name] : [],
  )
}
