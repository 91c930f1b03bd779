import type { Group, Order } from '../deployment.ts'
import type { Step } from '../ports.ts'
import { Secret } from '../secret.ts'
import type { Source } from './image.ts'

/** Every step by name: which function of steps.sh, with which words. The bot waits a little longer than the host's own limits. */

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** How long a new container has to run without a restart before it counts as well. */
const SETTLE_MS = 3 * SECOND

/** How long a host waits for a Docker that does not answer, before it gives up putting an old container back. */
const ENGINE_AWAY_MS = 5 * MINUTE

function step(name: string, limitMs: number, call: Step['call'], live = false): Step {
  return { name, call, limitMs, live }
}

export function look(order: Order): Step {
  return lookAt(order, order.revision)
}

/** Without a revision: what is there, not what a deploy of it would meet. */
export function lookAt(place: Pick<Order, 'path' | 'runAs' | 'touch' | 'groups'>, revision = ''): Step {
  const names = place.groups.map(group => group.name)
  return step('look', MINUTE, ['look', place.path, place.runAs ?? '', revision, place.touch, ...names])
}

/** `makes`: the path is not there yet. */
export function clone(order: Order, makes: boolean): Step {
  const owner = makes ? ownerWords(order) : []
  return step('clone', 15 * MINUTE, ['clone', ...fetchWords(order), ...owner], true)
}

export function fetch(order: Order): Step {
  return step('fetch', 15 * MINUTE, ['fetch', ...fetchWords(order)], true)
}

function fetchWords(order: Order): readonly string[] {
  return [order.path, order.runAs ?? '', order.repo, order.revision, order.branch ?? '']
}

/** Whose the path becomes when it is made as root; none: git's own user makes it. */
function ownerWords({ owner }: Pick<Order, 'owner'>): readonly string[] {
  return owner ? [owner.user ?? '', owner.group ?? '', 'as-root'] : []
}

export function hold(waitMs: number): Step {
  return step('hold', waitMs + 15 * SECOND, ['hold', String(Math.ceil(waitMs / SECOND))])
}

export function release(): Step {
  return step('release', 15 * SECOND, ['release'])
}

/** How a step that an earlier link lost ended. */
export function recall(sequence: string): Step {
  return step('recall', 15 * SECOND, ['recall', sequence])
}

export function keep(order: Order, deployment: string): Step {
  return step('keep', 10 * MINUTE, ['keep', order.path, order.runAs ?? '', order.revision, deployment])
}

export function reset(order: Order, revision: string = order.revision): Step {
  return step('reset', 4 * MINUTE, ['reset', order.path, order.runAs ?? '', revision])
}

/** The same reset, to the revision that ran before, under a name of its own. */
export function putBack(order: Order, revision: string): Step {
  return { ...reset(order, revision), name: 'put-back' }
}

export function start(container: string): Step {
  return step('start', 2 * MINUTE, ['start', container])
}

export function unpause(container: string): Step {
  return step('unpause', MINUTE, ['unpause', container])
}

export function restart(container: string, graceMs: number): Step {
  return step('restart', graceMs + 2 * MINUTE, ['restart', container, String(Math.ceil(graceMs / SECOND))])
}

/** From the first of the images that the host has. `variables` are `NAME=value` lines; secrets among them, so they are never shown. */
export function run(
  { name }: Group,
  images: readonly string[],
  variables: Secret,
  words: readonly string[],
): Step {
  const limitMs = (2 + images.length) * MINUTE
  return step('run', limitMs, ['run', name, variables, String(images.length), ...images, ...words])
}

/** Mirrors and registries in their order; the host goes to the next where one does not give the image. */
export function pull(sources: readonly Source[], secretOf: (name: string) => string | undefined): Step {
  const words = sources.flatMap(({ image, registry }) => [
    image,
    registry && registry.name !== 'docker.io' ? registry.name : '',
    registry?.username ?? '',
    registry ? new Secret(secretOf(registry.password.secret) ?? '') : '',
  ])
  return step('pull', (12 * sources.length + 1) * MINUTE, ['pull', ...words], true)
}

/** `<name>-next`, from the first of the images that the host has. */
export function create(
  { target }: Order,
  group: Group,
  images: readonly string[],
  variables: Secret,
  words: readonly string[],
): Step {
  const { service, environment } = target
  const limitMs = (20 + images.length) * MINUTE
  const call = ['create', group.name, service, environment, variables, String(images.length)] as const
  return step('create', limitMs, [...call, ...images, ...words])
}

/** `<name>-next` in the place of `<name>`. On the host it has no limit as a whole: its commands have theirs. */
export function swap({ name, stop, healthyMs }: Group): Step {
  const [grace, healthy, settle] = [stop.graceMs, healthyMs, SETTLE_MS].map(ms => Math.ceil(ms / SECOND))
  const words = [grace, healthy, settle].map(String)
  const limitMs = stop.graceMs + healthyMs + SETTLE_MS + 25 * MINUTE + ENGINE_AWAY_MS
  return step('swap', limitMs, ['swap', name, ...words])
}

/** Takes back a swap that went well. */
export function swapBack({ name }: Group): Step {
  return step('swap-back', 15 * MINUTE + ENGINE_AWAY_MS, ['swap_back', name])
}

/** Removes containers of this target that are older than the one before, or than what the way back restores. */
export function prune({ target, onFailure }: Order, { name }: Group): Step {
  const back = onFailure === 'rollback' ? 'back' : ''
  return step('prune', 5 * MINUTE, ['prune', back, name, target.service, target.environment])
}

export function mount(container: string, inside: string, order: Order, memo: string): Step {
  return step('mount', MINUTE, ['mount', container, inside, order.path, order.runAs ?? '', memo])
}

export function preflight(container: string, directory: string, command: readonly string[]): Step {
  return step('preflight', 3 * MINUTE, ['preflight', container, directory, ...command])
}

export function touch(order: Order, file: string): Step {
  return step('touch', MINUTE, ['touch', order.path, order.runAs ?? '', file])
}

export function reloads(container: string): Step {
  return step('reloads', MINUTE, ['reloads', container])
}

export function inspect(container: string): Step {
  return step('inspect', MINUTE, ['inspect', container])
}

export function logs(container: string): Step {
  return step('logs', MINUTE, ['logs', container])
}

export function digest(image: string): Step {
  return step('digest', MINUTE, ['digest', image])
}

/** What every deploy to a host needs. */
export function check(): Step {
  return step('check', MINUTE, ['check'])
}

/** What a deploy to this path of a host will meet. */
export function place({ path, runAs, owner }: Pick<Order, 'path' | 'runAs' | 'owner'>): Step {
  return step('place', MINUTE, ['place', path, runAs ?? '', ...ownerWords({ owner })])
}

/** Whether git on the host may read the repository. */
export function reach({ runAs, repo }: Pick<Order, 'runAs' | 'repo'>): Step {
  return step('reach', MINUTE, ['reach', runAs ?? '', repo])
}
