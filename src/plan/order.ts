import { createHash } from 'node:crypto'
import type { Batch, Target } from '../config/config.ts'
import type { Note } from '../event.ts'
import type { CodeOrder, Host, Order, SwapOrder } from '../order.ts'
import type { Resolution } from '../ports/mirrors.ts'
import type { Revision } from '../revision.ts'
import { registriesOf, repositoryOf } from './image.ts'
import { blanksOf } from './replica.ts'
import { fill } from './template.ts'

/** What shall be true: the target's configuration at this moment, frozen, with the revision that the ref means now. */
export function orderCode(target: Target, hosts: readonly Host[], resolution: Resolution): CodeOrder {
  const images = target.groups.flatMap(group => [...group.mirrors, group.image])
  const registries = registriesOf(images, target.registries)
  return { kind: 'code', ...ordered(target, hosts, resolution), registries }
}

/** What was found on the hosts before new containers are ordered. */
export interface Surveyed {
  /** `repo@sha256:…`, or the bare id of an image that no registry knows. */
  readonly image: string
  /** The same digest at other places, to be tried before `image`. */
  readonly mirrors: readonly string[]
  /** What each host has checked out, by its name; undefined: nothing. */
  readonly heads: ReadonlyMap<string, Revision | undefined>
  /** Worth a line in the thread: not every place gave the image, or none did. */
  readonly pulled: { readonly host: string; readonly note: Note } | undefined
}

/** The same for a new container: the image by its digest, never by its tag. */
export function orderSwap(
  kind: SwapOrder['kind'],
  target: Target,
  hosts: readonly Host[],
  resolution: Resolution,
  { image, mirrors }: Pick<Surveyed, 'image' | 'mirrors'>,
): SwapOrder {
  const registries = registriesOf([...mirrors, image], target.registries)
  return { kind, ...ordered(target, hosts, resolution), registries, image, mirrors }
}

/** The names of the target's image and of its copies, of which nothing but the tag or digest may be missing. */
export function imageNames(
  target: Pick<Target, 'service' | 'environment' | 'groups'>,
  host: Host,
  revision = '',
): Pick<Surveyed, 'image' | 'mirrors'> {
  const [group] = target.groups
  const named = (template: string) => {
    const filled = fill(template, { ...blanksOf(target, host, revision, 1), ports: 'host-network' })
    return filled.kind === 'text' ? filled.text : template
  }
  return { image: named(group?.image ?? ''), mirrors: (group?.mirrors ?? []).map(named) }
}

/**
 * An image that ran before, and where it may be found by now: the copies of today's configuration come first. Hosts that still
 * have it under any of these names ask nobody.
 */
export function imageOfBefore(
  image: string,
  names: Pick<Surveyed, 'image' | 'mirrors'>,
): Pick<Surveyed, 'image' | 'mirrors'> {
  const [, digest] = image.split('@')
  if (digest === undefined) return { image, mirrors: [] }
  const places = [...names.mirrors, repositoryOf(names.image)].map(name => `${name}@${digest}`)
  return { image, mirrors: places.filter(place => place !== image) }
}

/** What people approve: two orders have the same hash only when they say the same, in whatever order of keys. */
export function orderHash(order: Order): string {
  return createHash('sha256').update(canonical(order)).digest('hex')
}

function ordered(
  target: Target,
  hosts: readonly Host[],
  resolution: Resolution,
): Omit<CodeOrder, 'kind' | 'registries'> {
  return {
    target: { service: target.service, environment: target.environment },
    revision: resolution.revision,
    branch: resolution.branch,
    repo: target.repo,
    path: target.path,
    hosts,
    groups: target.groups,
    touch: target.touch,
    preflight: target.preflight,
    verify: target.verify,
    runAs: target.runAs,
    owner: target.owner,
    batch: hostsAtOnce(target.batch, hosts.length),
    onFailure: target.onFailure,
  }
}

/** A share is one of the hosts that are ordered, rounded down. */
function hostsAtOnce(batch: Batch | undefined, hosts: number): number | undefined {
  if (batch === undefined || 'hosts' in batch) return batch?.hosts
  return Math.max(1, Math.floor((hosts * batch.percent) / 100))
}

/** What is undefined is left out, as in the records. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
