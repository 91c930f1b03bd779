import type { Target } from '../config/config.ts'
import type { Because, Group, Host, Order } from '../deployment.ts'
import type { Step } from '../ports.ts'
import { Secret } from '../secret.ts'
import { filled, type Maker, madeOf, variableLines } from './container.ts'
import type { ContainerFacts, Facts } from './facts.ts'
import { imageAt, type Source, sourcesOf } from './image.ts'
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

/** One move of an activation. Only `step` moves are plain; the others ask the host something in between. */
export type Move =
  /** `undo`: takes back what it did, also when it failed half-way; after any later failure, too. */
  | { readonly kind: 'step'; readonly step: Step; readonly undo?: Step | undefined }
  /** How often uWSGI has reloaded so far. */
  | { readonly kind: 'count'; readonly step: Step }
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
  | { readonly kind: 'swap'; readonly step: Step; readonly undo: Step }
  | { readonly kind: 'prove'; readonly proving: Proving }
  /** After the proof. However it ends, nothing changes about the deployment. */
  | { readonly kind: 'tidy'; readonly step: Step }

export interface Proving {
  readonly container: string
  /** Undefined: the container was started after the reset, so it can only have loaded the new code. */
  readonly touch: Step | undefined
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
  return order.groups.flatMap(group =>
    now.facts.containers.has(group.name)
      ? []
      : [steps.pull(recordedSources(order, group, now), now.secretOf)],
  )
}

/** Where the image that the target last succeeded with may come from. Mirrors hold it by the same digest. */
function recordedSources(order: Order, group: Group, { host, digest }: Circumstances): readonly Source[] {
  const image = digest ?? group.image
  // A bare id: no registry knows it.
  const mirrors = image.includes('@') ? group.mirrors.map(mirror => filled(mirror, order, host)) : []
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
  const [group] = order.groups
  if (!group) return impossible({ kind: 'fault', detail: 'the order names no container' })
  const ensured = ensure(order, group, now)
  const isFresh = startsFresh(ensured)
  const moves: Move[] = []
  // Counted before the reset, which sets off a reload by itself.
  if (now.facts.touchInDiff) moves.push({ kind: 'count', step: steps.reloads(group.name) })
  if (now.facts.wouldLose) moves.push({ kind: 'step', step: steps.keep(order, now.maker.deployment) })
  moves.push({ kind: 'step', step: steps.reset(order) }, ...ensured)
  if (order.preflight) {
    moves.push({
      kind: 'preflight',
      step: steps.preflight(group.name, group.mount, order.preflight),
      // A deploy that was cut off may have reset already: then nobody here knows what was there before.
      putBack:
        now.facts.head && now.facts.head !== order.revision
          ? steps.putBack(order, now.facts.head)
          : undefined,
      loadedBy: isFresh ? 'start' : now.facts.touchInDiff ? 'reset' : undefined,
    })
  }
  moves.push({ kind: 'prove', proving: proving(order, group, now, isFresh) })
  return planned(moves)
}

/** What makes a deploy impossible on this host whatever the steps are. */
function unfit(order: Order, now: Circumstances): Because | undefined {
  const problem = unfitHost(order, now)
  if (problem) return problem
  const { facts, digest, secretOf } = now
  for (const group of order.groups) {
    const state = facts.containers.get(group.name)?.state
    switch (state) {
      case undefined: {
        if (!digest) return { kind: 'container-absent', container: group.name }
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
        return { kind: 'container-restarting', container: group.name, output: '' }
      default:
        return { kind: 'container-state', container: group.name, state }
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

function ensure(order: Order, group: Group, now: Circumstances): readonly Move[] {
  const found = now.facts.containers.get(group.name)
  switch (found?.state) {
    case undefined: {
      const variables = new Secret(variableLines(order, group, now.host, name => now.secretOf(name) ?? ''))
      const images = recordedSources(order, group, now).map(({ image }) => image)
      const words = madeOf(order, group, now.host, now.digest ?? group.image, now.maker)
      return [{ kind: 'step', step: steps.run(group, images, variables, words) }]
    }
    case 'paused':
      return [{ kind: 'step', step: steps.unpause(group.name) }]
    case 'running':
      return checkMount(order, group, found, now.facts)
    default:
      return [{ kind: 'step', step: steps.start(group.name) }]
  }
}

/** Once per container, start and folder: the check costs a `docker exec`, as long as a whole deploy otherwise takes. */
function checkMount(order: Order, group: Group, found: ContainerFacts, facts: Facts): readonly Move[] {
  const memo = `${found.id} ${found.startedAt} ${facts.inode ?? '?'}`
  if (facts.mountKnown === memo) return []
  return [
    {
      kind: 'check-mount',
      container: group.name,
      step: steps.mount(group.name, group.mount, order, memo),
      restart: steps.restart(group.name, group.stop.graceMs),
    },
  ]
}

function startsFresh(moves: readonly Move[]): boolean {
  return moves.some(move => move.kind === 'step' && (move.step.name === 'start' || move.step.name === 'run'))
}

export function proving(order: Order, group: Group, now: Circumstances, isFresh: boolean): Proving {
  const blanks = { ...order.target, revision: order.revision, host: now.host.name, address: now.host.address }
  const file = fill(order.touch, { ...blanks, ports: undefined })
  const touched = file.kind === 'text' ? file.text : order.touch
  return {
    container: group.name,
    touch: isFresh ? undefined : steps.touch(order, touched),
    reloadsByReset: !isFresh && now.facts.touchInDiff ? touched : undefined,
    reloads: steps.reloads(group.name),
    inspect: steps.inspect(group.name),
  }
}

/** Where to ask which revision is served; needs the ports of the container that runs now. */
export function verifyUrl(
  { service, environment, groups, verify }: Pick<Target, 'service' | 'environment' | 'groups' | 'verify'>,
  host: Host,
  revision: string,
  container: ContainerFacts | undefined,
): { readonly url: string } | { readonly because: Because } | undefined {
  const [group] = groups
  if (!verify || !group) return undefined
  const place = { revision, service, environment, host: host.name, address: host.address }
  const filled = fill(verify.url, { ...place, ports: container?.ports })
  return filled.kind === 'text'
    ? { url: filled.text }
    : { because: { kind: 'port-unpublished', container: group.name, port: filled.port } }
}

export function planned<Moves>(moves: Moves): Planned<Moves> {
  return { kind: 'planned', moves }
}

export function impossible(because: Because): { readonly kind: 'impossible'; readonly because: Because } {
  return { kind: 'impossible', because }
}
