import type { Because } from './because.ts'
import type { DeploymentStatus } from './deployment.ts'
import type { Offer, Void } from './event.ts'
import type { Kind } from './order.ts'
import type { Revision } from './revision.ts'
import type { TargetId } from './target.ts'

/** A "no" for the person who asked: data, with what the remedy needs. Sentences are made in sentences/. */
export type Refusal =
  | { readonly reason: 'unreadable'; readonly problem: Unreadable }
  | { readonly reason: 'unknown-service'; readonly name: string; readonly near: readonly string[] }
  | {
      readonly reason: 'unknown-environment'
      readonly service: string
      readonly name: string
      readonly known: readonly string[]
    }
  | {
      readonly reason: 'unknown-host'
      readonly service: string
      readonly name: string
      readonly known: readonly string[]
    }
  | {
      readonly reason: 'unknown-ref'
      readonly service: string
      readonly ref: string
      readonly near: readonly string[]
    }
  | {
      readonly reason: 'ambiguous-ref'
      readonly service: string
      readonly ref: string
      readonly choices: readonly string[]
    }
  | {
      readonly reason: 'ref-not-allowed'
      readonly service: string
      readonly ref: string
      readonly allowed: readonly string[]
    }
  | { readonly reason: 'repo-unreachable'; readonly service: string; readonly detail: string }
  | {
      readonly reason: 'unsupported-repo'
      readonly service: string
      /** What the revision needs and hosts do not fetch yet. */
      readonly what: 'submodules' | 'lfs'
    }
  | { readonly reason: 'not-a-member'; readonly standing: 'guest' | 'stranger' | 'bot' | 'deactivated' }
  | { readonly reason: 'member-unknown'; readonly detail: string }
  | {
      readonly reason: 'not-permitted'
      readonly service: string
      readonly actor: string
      readonly right: 'deploy' | 'approve' | 'cancel'
      readonly permitted: readonly string[]
    }
  | { readonly reason: 'groups-unknown'; readonly service: string; readonly detail: string }
  | { readonly reason: 'nothing-to-cancel'; readonly service: string }
  /** Somebody else's hold. `leftMs` undefined: until somebody lifts it. */
  | {
      readonly reason: 'held'
      readonly target: TargetId
      readonly by: string
      readonly why: string
      readonly ageMs: number
      readonly leftMs: number | undefined
    }
  | { readonly reason: 'not-held'; readonly target: TargetId }
  /** A rollback or a retry, while a deployment of the target waits or runs. */
  | {
      readonly reason: 'unfinished'
      readonly asked: 'rollback' | 'retry'
      readonly target: TargetId
      readonly deployment: string
      readonly revision: string
      readonly by: string
    }
  /** A rollback or a retry of what was there before this deployment, which has begun since. */
  | {
      readonly reason: 'overtaken'
      readonly asked: 'rollback' | 'retry'
      readonly target: TargetId
      readonly deployment: string
      readonly revision: string
      readonly by: string
      readonly status: DeploymentStatus
    }
  /** The same, which waits for its approval. */
  | {
      readonly reason: 'asked-already'
      readonly isRollback: boolean
      readonly target: TargetId
      readonly deployment: string
      readonly revision: string
      readonly by: string
    }
  /** What this button would do is not what it says that it does, or not what is meant by now. */
  | { readonly reason: 'not-offered'; readonly target: TargetId; readonly offer: Offer['kind'] }
  /** What was to be done again is not what the configuration orders by now. `as`: its kind. */
  | {
      readonly reason: 'other-order'
      readonly target: TargetId
      readonly revision: Revision
      readonly as: Kind
      readonly isRollback: boolean
      readonly hosts: readonly string[]
    }
  /** `typed` undefined: there is no earlier one. `known`: the start of each that can be brought back, newest first. */
  | {
      readonly reason: 'no-rollback'
      readonly target: TargetId
      readonly typed: string | undefined
      readonly known: readonly string[]
    }
  /** It ran in a container that is not there any more, made of nobody knows which image, or not of one on all hosts. */
  | {
      readonly reason: 'no-image'
      readonly target: TargetId
      readonly revision: Revision
      readonly known: readonly string[]
    }
  /** Somebody else has to approve it, and nobody else is listed. */
  | { readonly reason: 'no-approver'; readonly service: string; readonly approvers: readonly string[] }
  /** It is approved with a button of its message, and there is no place where others would see that. */
  | { readonly reason: 'no-channel'; readonly service: string }
  /** Who asked in a terminal is nobody that is known in Slack, so nobody there is known to be somebody else. */
  | { readonly reason: 'untied'; readonly service: string; readonly requestedBy: string }
  | { readonly reason: 'own-approval'; readonly service: string; readonly others: readonly string[] }
  | {
      readonly reason: 'already-decided'
      readonly service: string
      readonly decision: 'approved' | 'rejected'
      readonly by: string
    }
  | { readonly reason: 'expired'; readonly service: string }
  /** Of one whose swaps were interrupted. `by` undefined: nobody had said anything in time. */
  | {
      readonly reason: 'answered-already'
      readonly service: string
      readonly answer: 'resume' | 'leave'
      readonly by: string | undefined
    }
  | { readonly reason: 'not-stalled'; readonly service: string; readonly status: DeploymentStatus }
  | { readonly reason: 'not-awaiting'; readonly service: string; readonly status: DeploymentStatus }
  /** What was to be approved may not be run any more, so it ended. */
  | { readonly reason: 'given-up'; readonly service: string; readonly why: Void }
  /** Whether it may still be run could not be found out. */
  | { readonly reason: 'not-checked'; readonly service: string; readonly detail: string }
  | { readonly reason: 'wrong-button'; readonly deployment: string }
  /** A button of an answer to somebody else, or to nothing that is in the records. */
  | { readonly reason: 'not-yours'; readonly command: string }
  /** A new container keeps the code that is there, so a ref would name nothing. */
  | { readonly reason: 'ref-with-container'; readonly service: string; readonly ref: string }
  /** Files that the container is built from have changed. `typed`: what was asked for, without an option. */
  | {
      readonly reason: 'needs-container'
      readonly typed: string
      readonly from: Revision
      readonly files: readonly string[]
    }
  /** A new container is proved by one revision, and the hosts have not all checked out that one. */
  | {
      readonly reason: 'revisions-differ'
      readonly service: string
      readonly hosts: readonly { readonly host: string; readonly head: string | undefined }[]
    }
  | {
      readonly reason: 'not-surveyed'
      readonly target: TargetId
      readonly host: string
      readonly step: string
      readonly because: Because
    }
  /** `isUnknown`: it may have been, in spite of it. */
  | { readonly reason: 'not-accepted'; readonly detail: string; readonly isUnknown?: true }
  /** It waited while no bot ran. `text`: what was typed, safe to show, or the button that was pressed, as in `fault`. */
  | {
      readonly reason: 'too-old'
      readonly text: string
      readonly button?: string | undefined
      readonly ageMs: number
    }
  | { readonly reason: 'too-many'; readonly perMinute: number; readonly waitMs: number }
  /** Our own code failed before anything was started or cancelled. `isLeft`: a bot that is started again may act on it. `isUnknown`: whether it was cannot be found out. */
  | {
      readonly reason: 'fault'
      readonly text: string
      readonly button?: string | undefined
      readonly detail: string
      readonly isLeft?: true
      readonly isUnknown?: true
    }

/** Why a text is no command. `text` values are already safe to show: ASCII, offending code points as \uXXXX. */
export type Unreadable =
  | { readonly kind: 'too-long'; readonly bytes: number; readonly limit: number }
  | { readonly kind: 'character'; readonly shown: string }
  | { readonly kind: 'unknown-option'; readonly option: string; readonly known: readonly string[] }
  | { readonly kind: 'bad-name'; readonly what: 'service' | 'environment' | 'host'; readonly text: string }
  | { readonly kind: 'bad-ref'; readonly text: string; readonly why: string }
  | { readonly kind: 'bad-revision'; readonly text: string }
  | { readonly kind: 'bad-duration'; readonly text: string }
  | { readonly kind: 'bad-reason'; readonly character: string }
  | { readonly kind: 'either-or'; readonly options: readonly string[]; readonly usage: string }
  | { readonly kind: 'missing'; readonly what: string; readonly usage: string }
  | { readonly kind: 'unexpected'; readonly word: string; readonly usage: string }

/** A pure decision: yes with what follows, or no with the reason. */
export type Decision<Yes> =
  | { readonly kind: 'yes'; readonly value: Yes }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

export function yes<Yes>(value: Yes): Decision<Yes> {
  return { kind: 'yes', value }
}

export function refuse(refusal: Refusal): { readonly kind: 'refused'; readonly refusal: Refusal } {
  return { kind: 'refused', refusal }
}
