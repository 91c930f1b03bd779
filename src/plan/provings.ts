import type { Because } from '../because.ts'
import type { Target } from '../config/config.ts'
import type { Host, Order } from '../order.ts'
import type { Circumstances } from './circumstances.ts'
import type { ContainerFacts } from './facts.ts'
import type { Move } from './moves.ts'
import { blanksOf, named, type Replica, stepName, touchFileOf } from './replica.ts'
import * as steps from './steps.ts'
import { fill } from './template.ts'

/** Of containers that the reset makes reload; it does so by itself, so they are counted before it. */
export function counts(
  order: Order,
  replicas: readonly Replica[],
  { host, facts }: Circumstances,
  isFresh: (replica: Replica) => boolean,
): readonly Move[] {
  return replicas
    .filter(replica => !isFresh(replica) && facts.touchInDiff.includes(fileOf(order, host, replica)))
    .map(({ name }) => ({ kind: 'count', step: steps.reloads(name), container: name }))
}

/** Containers that watch a file of their own reload and are proved one after another; those that share one all at once. */
export function proofs(
  order: Order,
  replicas: readonly Replica[],
  { host, facts }: Circumstances,
  isFresh: (replica: Replica) => boolean,
): readonly Move[] {
  const files = [...new Set(replicas.map(replica => fileOf(order, host, replica)))]
  return files.map(file => {
    const watching = replicas.filter(replica => fileOf(order, host, replica) === file)
    const [first, second] = watching
    const touch = steps.touch(order, file)
    return {
      kind: 'prove',
      touch: watching.every(isFresh) ? undefined : first && !second ? named(first, touch) : touch,
      provings: watching.map(replica => ({
        name: stepName('verify', replica),
        replica,
        isFresh: isFresh(replica),
        reloadsByReset: !isFresh(replica) && facts.touchInDiff.includes(file) ? file : undefined,
        reloads: steps.reloads(replica.name),
        inspect: steps.inspect(replica.name),
      })),
    }
  })
}

function fileOf({ target, touch, revision }: Order, host: Host, replica: Replica): string {
  return touchFileOf({ ...target, touch }, host, revision, replica)
}

/** Where to ask which revision a replica serves; needs the ports of the container that runs now. */
export function verifyUrl(
  target: Pick<Target, 'service' | 'environment' | 'verify'>,
  host: Host,
  revision: string,
  replica: Replica,
  container: ContainerFacts | undefined,
): { readonly url: string } | { readonly because: Because } | undefined {
  if (!target.verify) return undefined
  const blanks = { ...blanksOf(target, host, revision, replica.number), ports: container?.ports }
  const filled = fill(target.verify.url, blanks)
  return filled.kind === 'text'
    ? { url: filled.text }
    : { because: { kind: 'port-unpublished', container: replica.name, port: filled.port } }
}
