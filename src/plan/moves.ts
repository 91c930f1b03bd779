import type { Step } from '../step.ts'
import type { Replica } from './replica.ts'

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

/** What takes back all that has been done so far to one container, or to the code: it takes the place of what was said of it before. */
export interface Undo {
  readonly of: string | undefined
  readonly steps: readonly Step[]
}
