import type { Because } from '../because.ts'
import type { Target } from '../config/config.ts'
import type { Group, Host, Order } from '../order.ts'
import { Secret } from '../secret.ts'
import type { Step } from '../step.ts'
import { filled, type Maker, madeOf, variableLines } from './container.ts'
import { letIn } from './drain.ts'
import type { ContainerFacts, Facts } from './facts.ts'
import { imageAt, type Source, sourcesOf } from './image.ts'
import { blanksOf, named, type Replica, replicasOf, stepName, touchFileOf } from './replica.ts'
import * as steps from './steps.ts'
import { fill } from './template.ts'

/** What one host's code deploy needs beyond the order. */
export interface Circumstances {
  readonly host: Host
  readonly facts: Facts
  readonly maker: Maker
  /** Image digest that the target last succeeded with. */
  readonly digest: string | undefined
  readonly secretOf: (name: string) => string | undefined
}

export type Planned<Moves> =
  | { readonly kind: 'planned'; readonly moves: Moves }
  | { readonly kind: 'impossible'; readonly because: Because }

/** What takes back all that has been done so far to one container, or to the code: it takes the place of what was said of it before. */
export interface Undo {
  readonly of: string | undefined
  readonly steps: readonly Step[]
}

/** One move of an activation. Only `step` moves are plain; the others ask the host something in between. */
export type Move =
  /** `undo`: takes back what it did, also when it failed half-way; after any later failure, too. */
  | { readonly kind: 'step'; readonly step: Step; readonly undo?: Undo | undefined }
  /** How often uWSGI has reloaded so far. */
  | { readonly kind: 'count'; readonly step: Step; readonly container: string }
  /** Restart the container when it sees another folder than the host has. */
  | { readonly kind: 'check-mount'; readonly step: Step; readonly restart: Step; readonly container: string }
  /** On failure the old revision is put back. `loadedBy`: what may have loaded the new one before. */
  | {
      readonly kind: 'preflight'
      readonly step: Step
      readonly putBack: Step | undefined
      readonly loadedBy: 'reset' | 'start' | undefined
    }
  /** Takes itself back when it fails; `undo` when a later move does. */
  | { readonly kind: 'swap'; readonly step: Step; readonly undo: Undo; readonly container: string }
  /** `touch`: of the reload file that these containers watch; undefined when all of them are fresh. */
  | { readonly kind: 'prove'; readonly touch: Step | undefined; readonly provings: readonly Proving[] }
  /** After the proof. However it ends, nothing changes about the deployment. */
  | { readonly kind: 'tidy'; readonly step: Step }

/** One container that is to be seen with the new code. */
export interface Proving {
  /** What the proof is called where steps are told. */
  readonly name: string
  readonly replica: Replica
  /** It was started after the reset, so it can only have loaded the new code. */
  readonly isFresh: boolean
  /** The reset changed the reload file: let that reload pass, then touch. */
  readonly reloadsByReset: string | undefined
  readonly reloads: Step
  readonly inspect: Step
}

/** Before any host switches: what brings the commit, and the image of a container that is absent. Harmless to what runs. */
export function planPreparation(order: Order, now: Circumstances): Planned<readonly Step[]> {
  const problem = unfit(order, now)
  if (problem) return impossible(problem)
  return planned([...bringing(order, now.facts), ...pulling(order, now)])
}

export function bringing(order: Order, { checkout, hasRevision, origin }: Facts): readonly Step[] {
  if (checkout !== 'repo') return [steps.clone(order, checkout === 'none')]
  return hasRevision && origin === order.repo ? [] : [steps.fetch(order)]
}

function pulling(order: Order, now: Circumstances): readonly Step[] {
  // One image for all of them.
  const absent = replicasOf(order).find(({ name }) => !now.facts.containers.has(name))
  return absent ? [steps.pull(recordedSources(order, absent, now), now.secretOf)] : []
}

/** Where the image that the target last succeeded with may come from. Mirrors hold it by the same digest. */
function recordedSources(order: Order, replica: Replica, { host, digest }: Circumstances): readonly Source[] {
  const { group } = replica
  const image = digest ?? group.image
  // A bare id: no registry knows it.
  const mirrors = image.includes('@') ? group.mirrors.map(mirror => filled(mirror, order, replica, host)) : []
  return sourcesOf({
    image,
    mirrors: mirrors.map(mirror => imageAt(mirror, image)),
    registries: order.registries,
  })
}

/** With the host's lock held: from the old revision to a proof of the new one. */
export function planActivation(order: Order, now: Circumstances): Planned<readonly Move[]> {
  const problem = unfit(order, now)
  if (problem) return impossible(problem)
  const replicas = replicasOf(order)
  const [first] = replicas
  if (!first) return impossible({ kind: 'fault', detail: 'the order names no container' })
  const ensured = replicas.flatMap(replica => ensure(order, replica, now))
  const isFresh = ({ name }: Replica) => isStartedAnew(now.facts.containers.get(name))
  const moves: Move[] = [...counts(order, replicas, now, isFresh)]
  if (now.facts.wouldLose) moves.push({ kind: 'step', step: steps.keep(order, now.maker.deployment) })
  moves.push({ kind: 'step', step: steps.reset(order) }, ...ensured)
  if (order.preflight) {
    moves.push({
      kind: 'preflight',
      // They all have one checkout and one image.
      step: steps.preflight(first, order.preflight),
      // A deploy that was cut off may have reset already: then nobody here knows what was there before.
      putBack:
        now.facts.head && now.facts.head !== order.revision
          ? steps.putBack(order, now.facts.head)
          : undefined,
      loadedBy: replicas.some(isFresh) ? 'start' : now.facts.touchInDiff.length > 0 ? 'reset' : undefined,
    })
  }
  return planned([...moves, ...proofs(order, replicas, now, isFresh), ...letIn(order, now)])
}

/** What makes a deploy impossible on this host whatever the steps are. */
function unfit(order: Order, now: Circumstances): Because | undefined {
  const problem = unfitHost(order, now)
  if (problem) return problem
  const { facts, digest, secretOf } = now
  for (const { name, group } of replicasOf(order)) {
    const state = facts.containers.get(name)?.state
    switch (state) {
      case undefined: {
        if (!digest) return { kind: 'container-absent', container: name }
        const missing = missingSecret(order, [group], secretOf)
        if (missing !== undefined) return { kind: 'secret-missing', name: missing }
        break
      }
      case 'running':
      case 'paused':
      case 'exited':
      case 'created':
        break
      case 'restarting':
        return { kind: 'container-restarting', container: name, output: '' }
      default:
        return { kind: 'container-state', container: name, state }
    }
  }
  return undefined
}

/** What making these containers needs and the bot's environment does not have. */
export function missingSecret(
  { registries }: Order,
  groups: readonly Group[],
  secretOf: Circumstances['secretOf'],
): string | undefined {
  const named = [
    ...groups.flatMap(group => Object.values(group.env)),
    ...registries.map(({ password }) => password),
  ].flatMap(value => (typeof value === 'string' ? [] : [value.secret]))
  return named.find(name => secretOf(name) === undefined)
}

/** What no deploy of any kind can do without. */
export function unfitHost(order: Order, { facts }: Circumstances): Because | undefined {
  if (facts.missingTools.length > 0) return { kind: 'tools-missing', tools: facts.missingTools }
  if (facts.dockerError) return { kind: 'exit', code: 1, output: facts.dockerError }
  if (facts.gitError) return { kind: 'exit', code: 128, output: facts.gitError }
  return facts.checkout === 'other' ? { kind: 'path-taken', path: order.path } : undefined
}

function ensure(order: Order, replica: Replica, now: Circumstances): readonly Move[] {
  const found = now.facts.containers.get(replica.name)
  switch (found?.state) {
    case undefined: {
      const variables = new Secret(variableLines(order, replica, now.host, name => now.secretOf(name) ?? ''))
      const images = recordedSources(order, replica, now).map(({ image }) => image)
      const words = madeOf(order, replica, now.host, now.digest ?? replica.group.image, now.maker)
      return [{ kind: 'step', step: steps.run(replica, images, variables, words) }]
    }
    case 'paused':
      return [{ kind: 'step', step: steps.unpause(replica) }]
    case 'running':
      return checkMount(order, replica, found, now.facts)
    default:
      return [{ kind: 'step', step: steps.start(replica) }]
  }
}

/** Once per container, start and folder: the check costs a `docker exec`, as long as a whole deploy otherwise takes. */
function checkMount(order: Order, replica: Replica, found: ContainerFacts, facts: Facts): readonly Move[] {
  const memo = `${found.id} ${found.startedAt} ${facts.inode ?? '?'}`
  if (facts.mountsKnown.includes(memo)) return []
  return [
    {
      kind: 'check-mount',
      container: replica.name,
      step: steps.mount(replica, order, memo),
      restart: steps.restart(replica),
    },
  ]
}

/** Whether `ensure` starts it, after the reset. */
function isStartedAnew(found: ContainerFacts | undefined): boolean {
  return found?.state !== 'running' && found?.state !== 'paused'
}

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

export function planned<Moves>(moves: Moves): Planned<Moves> {
  return { kind: 'planned', moves }
}

export function impossible(because: Because): { readonly kind: 'impossible'; readonly because: Because } {
  return { kind: 'impossible', because }
}
