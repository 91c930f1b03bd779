import type { Because } from './because.ts'
import type { Revision } from './revision.ts'

/** How one host ended. `untouched`: its turn never came; nothing was changed there. */
export type HostResult =
  | {
      readonly status: 'succeeded'
      readonly proof: Proof
      readonly previous: string | undefined
      /** Repository digest of the container's image, `repo@sha256:…`, when the image has one. */
      readonly digest: string | undefined
    }
  | {
      readonly status: 'failed'
      readonly step: string
      readonly because: Because
      readonly now: Sighting | undefined
      readonly stayed?: Stayed | undefined
      /** What it was proved to have again after it had failed. */
      readonly restored?: { readonly revision: Revision; readonly proof: Proof } | undefined
    }
  | {
      readonly status: 'unknown'
      readonly step: string
      readonly because: Because
      readonly now: Sighting | undefined
      readonly stayed?: Stayed | undefined
    }
  | { readonly status: 'untouched' }
  /** It had switched, and has again what it had before. */
  | {
      readonly status: 'put-back'
      readonly proof: Proof
      readonly revision: Revision
      readonly cause: Cause
    }

/** What was seen to run: `served` answered with the revision, `reloaded` a reload was counted, `running` 5 s without restart. */
export type Proof = 'served' | 'reloaded' | 'running'

/** The one that says least, which is what can be said of all; undefined: there is none. */
export function weakest(proofs: readonly Proof[]): Proof | undefined {
  return (['running', 'reloaded', 'served'] as const).find(proof => proofs.includes(proof))
}

/** The host that makes others go back, and whether its end is known. */
export interface Cause {
  readonly host: string
  readonly end: 'failed' | 'unknown'
}

/** The host had ended as ordered, and what did not go well is its way back. */
export interface Stayed {
  readonly cause: Cause
  /** What was proved of it, unless it has been seen to be otherwise since. */
  readonly proof: Proof | undefined
}

/** What is on a host now, as last seen; undefined: could not be asked. Of several replicas the first one's words. */
export interface Sighting extends ContainerSighting {
  readonly head: string | undefined
  /** Each of them; of a group without `replicas` nothing. */
  readonly replicas?: readonly ReplicaSighting[] | undefined
}

export interface ContainerSighting {
  /** What the service answered last, when a verify is configured. */
  readonly served: string | undefined
  /** `running`, `exited`, `absent`, …: the container's state. */
  readonly container: string | undefined
  /** What the container was made from; told of where a new container was ordered. */
  readonly image?: string | undefined
  /** Whether the deployment in question made it; told of as `image` is. */
  readonly isNew?: boolean | undefined
  /** Since when it is out of the load balancer: before_replace was begun, and no after_replace has gone well since. */
  readonly drained?: string | undefined
}

export interface ReplicaSighting extends ContainerSighting {
  readonly name: string
}
