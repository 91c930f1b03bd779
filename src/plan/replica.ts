import type { Target } from '../config/config.ts'
import type { Group, Host } from '../order.ts'
import type { Step } from '../step.ts'
import type { Facts } from './facts.ts'
import { type Blanks, fill } from './template.ts'

/** One container of a group on a host. */
export interface Replica {
  /** The container's name. */
  readonly name: string
  /** From 1. */
  readonly number: number
  readonly group: Group
}

/** The containers that a host shall have, in the order in which they are replaced. People approve the group, not these. */
export function replicasOf({ groups }: { readonly groups: readonly Group[] }): readonly Replica[] {
  return groups.flatMap(group => {
    if (group.replicas === undefined) return [{ name: group.name, number: 1, group }]
    const numbers = Array.from({ length: group.replicas }, (_, index) => index + 1)
    return numbers.map(number => ({ name: `${group.name}-${number}`, number, group }))
  })
}

/** The same step under a name that says which one of several containers it is about: `swap creator-2`. */
export function named(replica: Replica, step: Step): Step {
  return { ...step, name: stepName(step.name, replica) }
}

export function stepName(verb: string, { name, group }: Replica): string {
  return group.replicas === undefined ? verb : `${verb} ${name}`
}

/** `swap`, whichever container it is about. */
export function verbOf(stepName: string): string {
  return stepName.split(' ')[0] ?? ''
}

/** `creator-2`; undefined: it is about no one of several. */
export function containerOf(stepName: string): string | undefined {
  return stepName.split(' ')[1]
}

/** Containers that were made for the target, still run, and are none of those that it shall have. */
export function leftOver(
  place: { readonly groups: readonly Group[] },
  { running }: Facts,
): readonly string[] {
  const wanted = replicasOf(place).map(({ name }) => name)
  return running.filter(name => !wanted.includes(name))
}

/** What templates stand for in one replica's settings. */
export function blanksOf(
  { service, environment }: Pick<Target, 'service' | 'environment'>,
  host: Pick<Host, 'name' | 'address'>,
  revision: string,
  replica: number,
): Omit<Blanks, 'ports'> {
  return { service, environment, host: host.name, address: host.address, revision, replica }
}

/** The reload file that a replica watches; without `{replica}` in it they all watch the same. */
export function touchFileOf(
  target: Pick<Target, 'service' | 'environment' | 'touch'>,
  host: Pick<Host, 'name' | 'address'>,
  revision: string,
  { number }: Replica,
): string {
  const filled = fill(target.touch, { ...blanksOf(target, host, revision, number), ports: 'later' })
  return filled.kind === 'text' ? filled.text : target.touch
}
