import type { Target } from '../config/config.ts'
import type { Host, Order } from '../order.ts'
import { Secret } from '../secret.ts'
import type { Step } from '../step.ts'
import type { Source } from './image.ts'
import { named, type Replica, replicasOf, touchFileOf } from './replica.ts'

/** Every step by name: which `do_…` function of src/ssh/*.sh, with which words. The bot waits a little longer than the host's own limits. */

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** The least that a new container has to run without a restart before it counts as well. */
const SETTLE_MS = 3 * SECOND
/** The host itself ends a command that was given for before or after a replacement. */
export const HOOK_MS = 5 * MINUTE

/** How long a host waits for a Docker that does not answer, before it gives up putting an old container back. */
const ENGINE_AWAY_MS = 5 * MINUTE

function step(name: string, limitMs: number, call: Step['call']): Step {
  return { name, call, limitMs }
}

export function look(order: Order, host: Host): Step {
  return lookAt({ ...order, ...order.target }, host, order.revision)
}

type Place = Pick<Target, 'service' | 'environment' | 'path' | 'runAs' | 'touch' | 'groups'>

/** Without a revision: what is there, not what a deploy of it would meet. */
export function lookAt(place: Place, host: Host, revision = ''): Step {
  const replicas = replicasOf(place)
  const files = [...new Set(replicas.map(replica => touchFileOf(place, host, revision, replica)))]
  const names = replicas.map(({ name }) => name)
  const { path, runAs, service, environment } = place
  const words = [path, runAs ?? '', revision, service, environment, String(files.length), ...files, ...names]
  return step('look', MINUTE, ['look', ...words])
}

/** `makes`: the path is not there yet. */
export function clone(order: Order, makes: boolean): Step {
  const owner = makes ? ownerWords(order) : []
  return step('clone', 15 * MINUTE, ['clone', ...fetchWords(order), ...owner])
}

export function fetch(order: Order): Step {
  return step('fetch', 15 * MINUTE, ['fetch', ...fetchWords(order)])
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

export function start(replica: Replica): Step {
  return named(replica, step('start', 2 * MINUTE, ['start', replica.name]))
}

export function unpause(replica: Replica): Step {
  return named(replica, step('unpause', MINUTE, ['unpause', replica.name]))
}

export function restart(replica: Replica): Step {
  const { graceMs } = replica.group.stop
  const words = [replica.name, String(Math.ceil(graceMs / SECOND))]
  return named(replica, step('restart', graceMs + 2 * MINUTE, ['restart', ...words]))
}

/** From the first of the images that the host has. `variables` are `NAME=value` lines; secrets among them, so they are never shown. */
export function run(
  replica: Replica,
  images: readonly string[],
  variables: Secret,
  words: readonly string[],
): Step {
  const limitMs = (2 + images.length) * MINUTE
  const call = ['run', replica.name, variables, String(images.length)] as const
  return named(replica, step('run', limitMs, [...call, ...images, ...words]))
}

/** Mirrors and registries in their order; the host goes to the next where one does not give the image. */
export function pull(sources: readonly Source[], secretOf: (name: string) => string | undefined): Step {
  const words = sources.flatMap(({ image, registry }) => [
    image,
    registry && registry.name !== 'docker.io' ? registry.name : '',
    registry?.username ?? '',
    registry ? new Secret(secretOf(registry.password.secret) ?? '') : '',
  ])
  return step('pull', (12 * sources.length + 1) * MINUTE, ['pull', ...words])
}

/** `<name>-next`, from the first of the images that the host has. */
export function create(
  { target }: Order,
  replica: Replica,
  images: readonly string[],
  variables: Secret,
  words: readonly string[],
): Step {
  const { service, environment } = target
  const limitMs = (20 + images.length) * MINUTE
  const call = ['create', replica.name, service, environment, variables, String(images.length)] as const
  return named(replica, step('create', limitMs, [...call, ...images, ...words]))
}

/** `<name>-next` in the place of `<name>`. On the host it has no limit as a whole: its commands have theirs. */
export function swap(replica: Replica): Step {
  const { stop, healthyMs } = replica.group
  const settleMs = settleOf(replica)
  const words = [stop.graceMs, healthyMs, settleMs].map(ms => String(Math.ceil(ms / SECOND)))
  // The old one may have to settle, too, and a second time.
  const limitMs = stop.graceMs + healthyMs + 3 * settleMs + 25 * MINUTE + ENGINE_AWAY_MS
  return named(replica, step('swap', limitMs, ['swap', replica.name, ...words]))
}

/** Takes back a swap that went well. */
export function swapBack(replica: Replica): Step {
  const settleMs = settleOf(replica)
  const words = [replica.name, String(Math.ceil(settleMs / SECOND))]
  return named(
    replica,
    step('swap-back', 2 * settleMs + 15 * MINUTE + ENGINE_AWAY_MS, ['swap_back', ...words]),
  )
}

/** The same where no container was before, under a name of its own: none is there after it. */
export function takeAway(replica: Replica): Step {
  return named(replica, { ...swapBack(replica), name: 'take-away' })
}

function settleOf({ group }: Replica): number {
  return Math.max(SETTLE_MS, group.startupMs)
}

/** A command of the service's own on the host; `{port:8000}` in it is the one that Docker publishes at that moment. */
export function hook(
  verb: 'before_replace' | 'after_replace',
  replica: Replica,
  command: readonly string[],
): Step {
  const words = [replica.name, ...command]
  return named(
    replica,
    step(verb, HOOK_MS + 2 * MINUTE, ['hook', verb === 'before_replace' ? 'before' : 'after', ...words]),
  )
}

/** By whom, and with which attempts, the host's targets were last deployed. */
export function fences(): Step {
  return step('fences', MINUTE, ['fences'])
}

/** Removes containers of this target that are older than the ones before, or than what the way back restores. */
export function prune(order: Order): Step {
  const { service, environment } = order.target
  const names = replicasOf(order).map(({ name }) => name)
  const back = order.onFailure === 'rollback' ? 'back' : ''
  return step('prune', (4 + names.length) * MINUTE, ['prune', back, service, environment, ...names])
}

export function mount(replica: Replica, { path, runAs }: Order, memo: string): Step {
  const words = [replica.name, replica.group.mount, path, runAs ?? '', memo]
  return named(replica, step('mount', MINUTE, ['mount', ...words]))
}

export function preflight(replica: Replica, command: readonly string[]): Step {
  return named(
    replica,
    step('preflight', 3 * MINUTE, ['preflight', replica.name, replica.group.mount, ...command]),
  )
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
