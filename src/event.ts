import type { Changes, Ending, HostResult, StepOutcome } from './deployment.ts'

/**
 * What happened to one deployment, in order. The record keeps them, the thread and the terminal tell them.
 * Times are milliseconds since 1970, durations milliseconds.
 */
export type DeploymentEvent =
  | { readonly kind: 'queued'; readonly position: number; readonly behind: readonly string[] }
  | { readonly kind: 'started'; readonly fence: number }
  | { readonly kind: 'resumed'; readonly fence: number; readonly found: readonly Found[] }
  | { readonly kind: 'changes'; readonly changes: Changes }
  | { readonly kind: 'step'; readonly host: string; readonly step: string; readonly outcome: StepOutcome }
  | { readonly kind: 'note'; readonly host: string; readonly note: Note }
  | {
      readonly kind: 'host-ended'
      readonly host: string
      readonly result: HostResult
      readonly durationMs: number
    }
  | { readonly kind: 'cancel-asked'; readonly by: string }
  | { readonly kind: 'ended'; readonly ending: Ending; readonly durationMs: number }

/** Something worth a line in the thread that is not a failure. */
export type Note =
  | { readonly kind: 'origin-corrected'; readonly from: string; readonly to: string }
  | { readonly kind: 'edits-kept'; readonly ref: string }
  | { readonly kind: 'files-kept'; readonly directory: string; readonly files: readonly string[] }
  | { readonly kind: 'commits-kept'; readonly ref: string; readonly head: string }
  /** The index.lock of a git that had died. */
  | { readonly kind: 'index-lock-removed' }
  | { readonly kind: 'revision-file-tracked' }
  | { readonly kind: 'already-answered' }
  | { readonly kind: 'touched-again'; readonly afterMs: number }
  | { readonly kind: 'reload-by-reset'; readonly file: string }
  /** `loadedBy`: what may have loaded the new code before the preflight said no. */
  | {
      readonly kind: 'put-back'
      readonly revision: string
      readonly loadedBy: 'reset' | 'start' | undefined
    }
  | { readonly kind: 'mount-stale'; readonly container: string }
  | { readonly kind: 'digest-unknown' }

/** What a restarted bot saw on a host before it went on. */
export interface Found {
  readonly host: string
  readonly head: string | undefined
  readonly container: string | undefined
  readonly detail: string | undefined
}
