import type { HostResult } from '../host-result.ts'
import type { Host, Order } from '../order.ts'
import type { Attempt } from '../ports/records/history.ts'
import type { Revision } from '../revision.ts'

/** What a rollback brings back: a revision, and the container around it. */
export interface Release {
  readonly revision: Revision
  /** One that held the revision then. */
  readonly branch: string | undefined
  /** The one that each host has now; one made of this image; or nobody knows of which, or not of one and the same. */
  readonly container: 'there' | 'unknown' | { readonly image: string }
}

/** What an attempt was to leave behind. */
export interface State {
  /** Of the deployment. */
  readonly id: string
  readonly revision: Revision
  readonly branch: string | undefined
  readonly isRollback: boolean
  readonly hasEndedWell: boolean
  /** By the host's name. */
  readonly containers: ReadonlyMap<string, Container>
}

/** Undefined: not known yet. A code deploy tells what it found. */
interface Container {
  image: string | undefined
}

export interface Past {
  /** Oldest first; without attempts that changed no host. */
  readonly states: readonly State[]
  readonly isSame: (one: State, other: State) => boolean
  /** Every host has succeeded with this revision in this container, at once or one after the other. */
  readonly isGood: (state: State) => boolean
  readonly releaseOf: (state: State) => Release
}

/** What the attempts (newest first) show of these hosts. A container that fails is taken for put back, unless it was seen. */
export function pastOf(attempts: readonly Attempt[], hosts: readonly Host[]): Past {
  const names = hosts.map(({ name }) => name)
  const there = new Map(names.map((name): [string, Container] => [name, { image: undefined }]))
  const ran: { readonly host: string; readonly revision: Revision; readonly container: Container }[] = []
  const states: State[] = []
  for (const attempt of attempts.toReversed()) {
    const { id, order, isRollback, status } = attempt.deployment
    const ordered = order.kind === 'code' ? undefined : { image: order.image }
    const meant = new Map(there)
    for (const host of names.filter(name => order.hosts.some(each => each.name === name))) {
      const result = attempt.results.get(host)
      const container = ordered
        ? afterSwap(there.get(host), ordered, result, status === 'interrupted')
        : afterCode(there.get(host), result)
      there.set(host, container)
      meant.set(host, ordered ?? container)
      if (result?.status === 'succeeded') ran.push({ host, revision: order.revision, container })
    }
    if (!mayHaveBegun(attempt)) continue
    const { revision, branch } = order
    states.push({ id, revision, branch, isRollback, hasEndedWell: status === 'succeeded', containers: meant })
  }

  const containerOf = (state: State, host: string) => state.containers.get(host)
  return {
    states,
    isSame: (one, other) =>
      one.revision === other.revision &&
      names.every(name => isOne(containerOf(one, name), containerOf(other, name))),
    isGood: state =>
      names.every(name =>
        ran.some(
          ({ host, revision, container }) =>
            host === name && revision === state.revision && isOne(container, containerOf(state, name)),
        ),
      ),
    releaseOf: state => {
      const { revision, branch } = state
      if (names.every(name => isOne(containerOf(state, name), there.get(name)))) {
        return { revision, branch, container: 'there' }
      }
      const [first, ...others] = names.map(name => containerOf(state, name)?.image)
      const isAll = first !== undefined && others.every(image => isOneImage(image, first))
      return { revision, branch, container: isAll ? { image: first } : 'unknown' }
    },
  }
}

/** The same digest, whichever place it was pulled from; the same id where no registry knows the image. */
export function isOneImage(one: string | undefined, other: string): boolean {
  return one?.split('@').at(-1) === other.split('@').at(-1)
}

/** One that is not known was not seen to be another. */
function isOne(one: Container | undefined, other: Container | undefined): boolean {
  if (one === other) return true
  return one?.image !== undefined && other?.image !== undefined && isOneImage(one.image, other.image)
}

function afterCode(before: Container = { image: undefined }, result: HostResult | undefined): Container {
  if (result?.status !== 'succeeded' || result.digest === undefined) return before
  before.image ??= result.digest
  return isOneImage(before.image, result.digest) ? before : { image: result.digest }
}

/** `isLost`: the bot died, so that no result means nothing. */
function afterSwap(
  before: Container = { image: undefined },
  ordered: { readonly image: string },
  result: HostResult | undefined,
  isLost: boolean,
): Container {
  switch (result?.status) {
    case undefined:
      return isLost ? { image: undefined } : before
    case 'succeeded':
      return ordered
    case 'untouched':
    case 'put-back':
      return before
    case 'failed':
    case 'unknown': {
      if (result.stayed?.proof !== undefined) return ordered
      const { image, replicas } = result.now ?? {}
      if (isOneImage(image, ordered.image)) return ordered
      // Replicas that differ name no image together.
      const isUnclear = result.status === 'unknown' || replicas !== undefined
      return isUnclear && image === undefined ? { image: undefined } : before
    }
  }
}

/** Whether a host may have what was ordered since: what failed before it changed any is not what is there now. */
function mayHaveBegun({ deployment: { order, status }, results }: Attempt): boolean {
  return order.hosts.some(({ name }) => {
    const result = results.get(name)
    return result ? mayHave(result, order) : status === 'interrupted'
  })
}

function mayHave(result: HostResult, order: Order): boolean {
  switch (result.status) {
    case 'succeeded':
      return true
    case 'untouched':
    case 'put-back':
      return false
    case 'failed':
    case 'unknown': {
      const { now, step } = result
      if (now === undefined) return step !== 'connect'
      const hasCode = now.head === order.revision || now.served === order.revision
      if (order.kind === 'code') return hasCode
      const mayHaveContainer = now.image === undefined || isOneImage(now.image, order.image)
      return mayHaveContainer || (order.kind === 'full' && hasCode)
    }
  }
}
