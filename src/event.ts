import type { Because } from './because.ts'
import type { Changes, Ending } from './deployment.ts'
import type { Cause, HostResult, ReplicaSighting } from './host-result.ts'
import type { Revision } from './revision.ts'
import type { StepOutcome } from './step.ts'

/**
 * What happened to one deployment, in order. The record keeps them, the thread and the terminal tell them.
 * Times are milliseconds since 1970, durations milliseconds.
 */
export type DeploymentEvent =
  | {
      readonly kind: 'approval-asked'
      /** Slack users (U…, W…), user groups (S…) and `cli:<unix user>` who may say yes; never the requester. */
      readonly approvers: readonly string[]
      readonly expiresAt: number
      /** What would be done, host by host, as a look of that moment shows it. */
      readonly rehearsals: readonly Rehearsed[]
    }
  /** `ahead`: commits by which the branch that was typed has moved since it was asked. */
  | { readonly kind: 'approved'; readonly by: string; readonly ahead: number | undefined }
  | { readonly kind: 'rejected'; readonly by: string }
  | { readonly kind: 'void'; readonly why: Void }
  | { readonly kind: 'queued'; readonly position: number; readonly behind: readonly string[] }
  | { readonly kind: 'started'; readonly fence: number }
  /** `isLast`: it has been taken up so often that it is not tried again. */
  | {
      readonly kind: 'resumed'
      readonly fence: number
      readonly found: readonly Found[]
      readonly isLast?: true
    }
  /** Somebody has to say what becomes of it, `forMs` from now by the records' clock; `expiresAt` is about when, for people. */
  | { readonly kind: 'stalled'; readonly forMs: number; readonly expiresAt: number }
  | Answered
  | { readonly kind: 'changes'; readonly changes: Changes }
  /** The host is about to be changed for the first time: what it has until then, whatever becomes of this bot. */
  | { readonly kind: 'turn'; readonly host: string; readonly head: string | undefined }
  | { readonly kind: 'step'; readonly host: string; readonly step: string; readonly outcome: StepOutcome }
  | { readonly kind: 'note'; readonly host: string; readonly note: Note }
  | {
      readonly kind: 'host-ended'
      readonly host: string
      readonly result: HostResult
      readonly durationMs: number
    }
  | { readonly kind: 'cancel-asked'; readonly by: string }
  | {
      readonly kind: 'ended'
      readonly ending: Ending
      readonly durationMs: number
      readonly offers?: readonly Offer[]
    }
  /** What its end offered means nothing any more. `isForNow`: a rollback of it awaits its approval or its turn, and may come to nothing. */
  | { readonly kind: 'withdrawn'; readonly isForNow?: true }
  /** It has: the same is offered again. */
  | { readonly kind: 'offered'; readonly offers: readonly Offer[] }

/** What becomes of one that had stalled. `by` undefined: nobody said anything in time. */
export type Answered =
  | { readonly kind: 'answered'; readonly answer: 'resume'; readonly by: string }
  | { readonly kind: 'answered'; readonly answer: 'leave'; readonly by: string | undefined }

/** What may be done next with one press, until another deployment of the target begins. */
export type Offer =
  /** The same order again, on the hosts that it did not succeed on. */
  | { readonly kind: 'retry'; readonly hosts: readonly string[] }
  /** `revision`: what is brought back; `image`: in a new container made of it. */
  | {
      readonly kind: 'rollback'
      readonly revision: string
      readonly image: string | undefined
      readonly hosts: readonly string[]
    }
  /** After a rollback, until somebody locks it: `from` what was rolled back. */
  | { readonly kind: 'lock'; readonly from: string }

/** One host's part of a dry run, without secrets. */
export interface Rehearsed {
  readonly host: string
  readonly steps: readonly { readonly name: string; readonly call: readonly string[] }[]
  /** Why it could not be done as the host is now. */
  readonly because: Because | undefined
}

/** Why an order that waits for its approval, or was approved, may not be run any more. */
export type Void =
  | { readonly kind: 'config-changed' }
  | { readonly kind: 'revision-gone'; readonly revision: string }
  /** The target is not what it was when it was asked for: a later deployment has succeeded, or taken away what a rollback brings back. */
  | { readonly kind: 'overtaken' }
  /** It could not be found out whether it may: a missing answer means no. */
  | { readonly kind: 'unchecked'; readonly detail: string }
  /** Who approved may not approve any more, or who asked may not deploy any more. */
  | { readonly kind: 'right-lost'; readonly who: string; readonly right: 'approve' | 'deploy' }

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
  /**
   * `loadedBy`: what may have loaded the new code before the preflight said no; `replaced`: a new container had, and the old
   * one is put in its place again.
   */
  | {
      readonly kind: 'put-back'
      readonly revision: string
      readonly loadedBy: 'reset' | 'start' | 'replaced' | undefined
    }
  | { readonly kind: 'mount-stale'; readonly container: string }
  | { readonly kind: 'digest-unknown' }
  /** They run, were made for this target, and are none of those that it shall have now. */
  | { readonly kind: 'containers-left'; readonly containers: readonly string[] }
  /** An earlier deployment had drained it, and it runs and serves what is checked out. */
  | { readonly kind: 'let-in'; readonly container: string }
  /** Drained by an earlier deployment, and touchdown.yml has no after_replace any more that would let them in. */
  | { readonly kind: 'shut-out'; readonly containers: readonly string[] }
  /** A mirror did not give the image, so the next source was asked. Undefined: none gave it, what the host had is used. */
  | {
      readonly kind: 'pulled-elsewhere'
      readonly from: string | undefined
      readonly failed: readonly string[]
    }
  /** The new container was taken away again; the old one is what it was, if there was one. */
  | {
      readonly kind: 'container-put-back'
      readonly container: string
      readonly old: 'running' | 'stopped' | 'none'
    }
  /** A second thing that went wrong, when what the first had made was to be taken back. The host's result has the other. */
  | { readonly kind: 'also-stopped'; readonly step: string; readonly because: Because }
  /** Not taken back, because one beside them could not be brought back: they may be the only ones that serve. */
  | { readonly kind: 'left-replaced'; readonly containers: readonly string[] }
  | { readonly kind: 'putting-back'; readonly revision: Revision; readonly cause: Cause }
  /** From the old container's stop until the new one was healthy. */
  | { readonly kind: 'swapped'; readonly container: string; readonly gapMs: number }

/** What a restarted bot saw on a host before it went on. */
export interface Found {
  readonly host: string
  readonly head: string | undefined
  readonly container: string | undefined
  /** What the container was made from; told of where a new container was ordered. */
  readonly image?: string | undefined
  readonly isNew?: boolean | undefined
  readonly replicas?: readonly ReplicaSighting[] | undefined
  readonly drained?: string | undefined
  /** What the service answered. */
  readonly detail: string | undefined
  /** Why it could not be looked at; then nothing else is known of it. */
  readonly because?: Because | undefined
}
