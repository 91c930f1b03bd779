import type { Target } from '../config/config.ts'
import type { Changes } from '../deployment.ts'
import type { TypedRef } from '../intent/intent.ts'
import type { Decision } from '../refusal.ts'
import type { Revision } from '../revision.ts'

/** Bare mirrors of the services' repositories. */
export interface Mirrors {
  /** Brings the mirror up to date first. */
  resolve(target: Target, ref: TypedRef): Promise<Decision<Resolution>>
  /** Never fails: what the mirror cannot tell is left empty. */
  changes(repo: string, from: string | undefined, to: Revision): Promise<Changes>
  /** Paths of the repository that are not the same in both. Empty when the mirror does not know one of them. */
  changedFiles(repo: string, from: Revision, to: Revision): Promise<readonly string[]>
  /** Stops running updates and ends the kept connections. */
  close(): Promise<void>
}

/** What a ref means now, looked up in the repository's mirror. */
export interface Resolution {
  readonly revision: Revision
  /** Full-name match in refs/heads that holds the revision; the configured ref when it does. */
  readonly branch: string | undefined
  /** For people: `main`, `tag v1.2`, `4f2c1ab`. */
  readonly shown: string
}
