import type { Because } from './because.ts'
import type { Hold } from './hold.ts'
import type { Sighting } from './host-result.ts'
import type { Revision } from './revision.ts'
import type { TargetId } from './target.ts'

/** What hosts answered when they were asked what runs on them: `/deploy status`. Data; sentences/status.ts has the words. */
export interface StatusReport {
  /** Milliseconds since 1970. */
  readonly askedAt: number
  readonly targets: readonly TargetStatus[]
}

export interface TargetStatus {
  readonly target: TargetId
  /** The newest deployment that ended as ordered, if the records have one. */
  readonly last:
    | {
        readonly revision: Revision
        readonly ref: string
        readonly isRollback: boolean
        readonly requestedBy: string
        readonly endedAt: number
      }
    | undefined
  /** The deployment that is queued or running now. */
  readonly underway:
    | {
        readonly revision: Revision
        readonly status: 'queued' | 'running' | 'stalled'
        readonly requestedBy: string
        readonly since: number
      }
    | undefined
  /** Whoever keeps others from deploying it. */
  readonly hold: Hold | undefined
  readonly hosts: readonly HostStatus[]
}

export type HostStatus =
  | { readonly host: string; readonly status: 'unreachable'; readonly because: Because }
  | {
      readonly host: string
      readonly status: 'seen'
      /** `container` undefined: Docker did not answer. */
      readonly now: Sighting
      /** `HEAD` of Facts is undefined in all but a checkout with a commit. */
      readonly checkout: 'repo' | 'empty' | 'other' | 'none'
      readonly gitError: string | undefined
      readonly dockerError: string | undefined
      /** Repository digest of the container's image, `repo@sha256:…`. */
      readonly digest: string | undefined
      readonly missingTools: readonly string[]
      /** Files of the checkout differ from its commit: somebody edited them on the host. */
      readonly hasEdits: boolean
      /** `<deployment> for <target> by <who> since <when>` from the host, while its lock is held. */
      readonly holder: string | undefined
    }
