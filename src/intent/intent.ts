import type { Kind } from '../order.ts'

/** What a person asked for, after parsing and before anybody checked whether they may. */
export type Intent =
  | DeployIntent
  | { readonly kind: 'status'; readonly service: string | undefined }
  | { readonly kind: 'history'; readonly service: string | undefined }
  | CancelIntent
  | RollbackIntent
  | LockIntent
  | UnlockIntent
  | { readonly kind: 'help' }

export interface DeployIntent {
  readonly kind: 'deploy'
  /**
   * New code into the container that is there, a new container around the code that is there, or both. `plain`: nothing was
   * said, which means code, unless what has changed asks for a new container.
   */
  readonly as: Kind | 'plain'
  readonly service: string
  /** Undefined: the target's own ref. */
  readonly ref: TypedRef | undefined
  /** Undefined: DEFAULT_ENVIRONMENT. */
  readonly environment: string | undefined
  /** Undefined: all hosts of the target. */
  readonly hosts: readonly string[] | undefined
  readonly dryRun: boolean
}

export interface CancelIntent {
  readonly kind: 'cancel'
  readonly service: string
  readonly environment: string | undefined
}

export interface RollbackIntent {
  readonly kind: 'rollback'
  readonly service: string
  /** The start of a commit id, lower-case hex; undefined: the last one that ran well before. */
  readonly revision: string | undefined
  readonly environment: string | undefined
}

export interface LockIntent {
  readonly kind: 'lock'
  readonly service: string
  readonly environment: string | undefined
  /** Undefined: until somebody unlocks it. */
  readonly forMs: number | undefined
  readonly reason: string
}

export interface UnlockIntent {
  readonly kind: 'unlock'
  readonly service: string
  readonly environment: string | undefined
}

/** A ref as typed. Looked up by exact full name in the mirror; never handed to git or a shell. */
export type TypedRef =
  | { readonly kind: 'any'; readonly name: string }
  | { readonly kind: 'branch'; readonly name: string }
  | { readonly kind: 'tag'; readonly name: string }
