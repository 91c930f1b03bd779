/** The nouns of a deployment. Types and the two functions that make branded values; no I/O. */

declare const revisionBrand: unique symbol

/** A full commit id: 40 or 64 lower-case hex digits. Nothing shorter and no name ever reaches git on a host. */
export type Revision = string & { readonly [revisionBrand]: true }

export function revisionFrom(text: string): Revision | undefined {
  return isRevision(text) ? text : undefined
}

function isRevision(text: string): text is Revision {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
}

/** What people read instead of a full revision. */
export function shortRevision(revision: string): string {
  return revision.slice(0, 7)
}

/** The environment meant when nobody says `to <environment>`. */
export const DEFAULT_ENVIRONMENT = 'production'

/** One machine, as the configuration names it. */
export interface Host {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly user: string
  /** Pinned keys, each `type base64` as in known_hosts; empty: the known_hosts file decides. */
  readonly hostKeys: readonly string[]
}

export interface TargetId {
  readonly service: string
  readonly environment: string
}

/** `creator`, or `creator to staging`: how people read a target. */
export function targetText(target: TargetId): string {
  return target.environment === DEFAULT_ENVIRONMENT
    ? target.service
    : `${target.service} to ${target.environment}`
}

/** A plain value, or the name of a variable in the bot's environment; the value itself is never stored. */
export type EnvironmentValue = string | { readonly secret: string }

/** How one container is made and stopped. Templates ({revision}, {port:8000}, …) are not yet filled in. */
export interface Group {
  /** The container's name on the host; with `replicas` what their names begin with. */
  readonly name: string
  /** How many of them run on each host, as `name-1`, `name-2`, …; undefined: one, named `name`. */
  readonly replicas: number | undefined
  readonly image: string
  /** Repositories that hold the same digests, asked before the image's own. */
  readonly mirrors: readonly string[]
  /** Where the target's path appears inside the container. */
  readonly mount: string
  /** Extra `docker run` arguments, each one argv word. */
  readonly run: readonly string[]
  readonly env: Readonly<Record<string, EnvironmentValue>>
  readonly stop: { readonly signal: string; readonly graceMs: number }
  /** How long a new container may take until it runs and Docker's health check, if it has one, says so. */
  readonly healthyMs: number
  /** How long a new container has to run without a restart before it counts as well. */
  readonly startupMs: number
  /** A command on the host, word by word, before a container is stopped for a new one, and after the new one is proved. */
  readonly beforeReplace: readonly string[] | undefined
  readonly afterReplace: readonly string[] | undefined
}

/** How a registry is entered; the password itself is never stored. */
export interface Registry {
  /** As images name it: `registry.example.com:5000`; `docker.io` for images that name none. */
  readonly name: string
  readonly username: string
  readonly password: { readonly secret: string }
}

/** Where a host's service says which revision it serves. */
export interface Verify {
  /** A template: `http://127.0.0.1:{port:8000}/`. Asked from the host itself, through the SSH connection. */
  readonly url: string
  /** The response header that carries the full revision, or the whole body. */
  readonly in: { readonly header: string } | 'body'
  readonly timeoutMs: number
  /** Answers in a row that must carry the revision. */
  readonly hits: number
}

/** Whose a path becomes that Touchdown makes, as root; undefined: git's own user makes it. */
export interface Owner {
  /** Undefined: the user whom git runs as. It is never another one. */
  readonly user: string | undefined
  /** Undefined: that user's own. */
  readonly group: string | undefined
}

/** What becomes of the other hosts when one has failed: no further one begins, all get their turn, or those that had it are put back. */
export type OnFailure = 'stop' | 'continue' | 'rollback'

/** What both kinds of order name, as people approve it and hosts run it: revisions and addresses, never a ref. */
interface Ordered {
  readonly target: TargetId
  readonly revision: Revision
  /** A branch of the repository that holds the revision, as the mirror names it; fetched before the bare commit. */
  readonly branch: string | undefined
  readonly repo: string
  /** The checkout on the host, absolute. */
  readonly path: string
  readonly hosts: readonly Host[]
  readonly groups: readonly Group[]
  /** Those that the images come from and that need a password. */
  readonly registries: readonly Registry[]
  /** Reload file, relative to path. */
  readonly touch: string
  readonly preflight: readonly string[] | undefined
  readonly verify: Verify | undefined
  readonly runAs: string | undefined
  readonly owner: Owner | undefined
  /** How many hosts switch together once the first has; undefined: all the rest. */
  readonly batch: number | undefined
  readonly onFailure: OnFailure
}

/** New code into the container that is there. */
export interface CodeOrder extends Ordered {
  readonly kind: 'code'
}

/**
 * A new container. `container` keeps the checkout of each host, which must be at the order's revision already; `full`
 * brings the revision, too.
 */
export interface SwapOrder extends Ordered {
  readonly kind: 'container' | 'full'
  /** `repo@sha256:…`, the same on every host; `sha256:…` for an image that no registry knows, on one host only. */
  readonly image: string
  /** Where else the same digest may be pulled from, each `repo@sha256:…`, tried in this order before `image` itself. */
  readonly mirrors: readonly string[]
}

export type Order = CodeOrder | SwapOrder

export type Kind = Order['kind']

/** What was seen to run: `served` answered with the revision, `reloaded` a reload was counted, `running` 5 s without restart. */
export type Proof = 'served' | 'reloaded' | 'running'

/** How a step ended. Unknown is never success. */
export type StepOutcome =
  | ({ readonly status: 'ok'; readonly durationMs: number } & Printed)
  | ({
      readonly status: 'failed'
      readonly exit: { readonly code: number } | { readonly signal: string }
      readonly durationMs: number
    } & Printed)
  | {
      readonly status: 'unknown'
      readonly why: 'link-lost' | 'timed-out' | 'no-marker' | 'bot-paused'
      /** Under this number the host keeps the step's exit code and output. */
      readonly sequence: string
      readonly output: string
      readonly durationMs: number
    }

/** How the running step ended on its host, asked over a new link. `still-running`: its lock is still held. */
export type UnheardEnd = { readonly code: number } | 'never' | 'still-running' | 'not-known'

/** What a step printed, as far as it came over; `cutBytes`: how much of it did not. */
interface Printed {
  readonly output: string
  readonly cutBytes?: number
}

/** Why a host did not do what was ordered: data for a sentence, never the sentence. */
export type Because =
  | { readonly kind: 'unreachable'; readonly address: string; readonly port: number; readonly detail: string }
  | { readonly kind: 'host-key-unknown'; readonly offered: string }
  | { readonly kind: 'host-key-changed'; readonly offered: string; readonly pinned: readonly string[] }
  | { readonly kind: 'key-rejected'; readonly user: string }
  | { readonly kind: 'no-session'; readonly detail: string }
  | { readonly kind: 'target-locked'; readonly holder: string }
  | { readonly kind: 'host-locked'; readonly holder: string }
  | { readonly kind: 'stale-fence'; readonly found: string }
  /** The host has seen an attempt that these records never gave: they are an older copy of those that did. */
  | { readonly kind: 'older-records'; readonly seen: number; readonly given: number }
  | { readonly kind: 'other-installation'; readonly found: string }
  | { readonly kind: 'exit'; readonly code: number; readonly output: string }
  | { readonly kind: 'signal'; readonly signal: string; readonly output: string }
  | {
      readonly kind: 'link-lost'
      readonly ended: UnheardEnd
    }
  /** The bot itself stood still for longer than the host's shell waits. */
  | { readonly kind: 'bot-paused'; readonly ended: UnheardEnd }
  /** The bot heard nothing for this long. */
  | { readonly kind: 'timed-out'; readonly afterMs: number }
  /** The host itself ended the command: its own limit was over. */
  | { readonly kind: 'time-over'; readonly output: string }
  | { readonly kind: 'no-marker' }
  | { readonly kind: 'tools-missing'; readonly tools: readonly string[] }
  | { readonly kind: 'path-taken'; readonly path: string }
  | { readonly kind: 'container-absent'; readonly container: string }
  | { readonly kind: 'container-restarting'; readonly container: string; readonly output: string }
  | { readonly kind: 'container-state'; readonly container: string; readonly state: string }
  | { readonly kind: 'port-unpublished'; readonly container: string; readonly port: number }
  | {
      readonly kind: 'not-served'
      readonly url: string
      readonly wanted: Revision
      /** The last answer, in words of the wire: `1a2b3c4…`, `HTTP 500`, `connection refused`. */
      readonly seen: string
      readonly afterMs: number
    }
  | { readonly kind: 'not-reloaded'; readonly afterMs: number }
  | { readonly kind: 'container-restarted'; readonly container: string }
  | { readonly kind: 'secret-missing'; readonly name: string }
  /** A new container was ordered for this revision, and the checkout that it would serve is at another. */
  | { readonly kind: 'other-revision'; readonly wanted: Revision; readonly found: Revision | undefined }
  /** No registry has the image, and it is on the first host only. */
  | { readonly kind: 'image-unpublished'; readonly image: string }
  | { readonly kind: 'wrong-image'; readonly wanted: string; readonly found: string | undefined }
  /** Its turn did not come again after it was taken up anew, and the attempt before may have changed it. */
  | { readonly kind: 'begun-before' }
  | { readonly kind: 'fault'; readonly detail: string }

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

/** The host that makes others go back, and whether its end is known. */
export interface Cause {
  readonly host: string
  readonly end: 'failed' | 'unknown'
}

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

/** The host had ended as ordered, and what did not go well is its way back. */
export interface Stayed {
  readonly cause: Cause
  /** What was proved of it, unless it has been seen to be otherwise since. */
  readonly proof: Proof | undefined
}

/** The end of a deployment: `partial` some hosts ended as ordered, `interrupted` at least one is not known. */
export type Ending =
  | 'succeeded'
  | 'failed'
  | 'partial'
  | 'interrupted'
  | 'cancelled'
  /** An approver said no, nobody said yes in time, or what was to be approved is no longer what the configuration says. */
  | 'rejected'
  | 'expired'
  | 'void'

/**
 * `awaiting`: an approver has to say yes first; it stands in nobody's way until then. `stalled`: its swaps were interrupted, and a
 * person has to say whether they go on; it keeps its place.
 */
export type DeploymentStatus = 'awaiting' | 'queued' | 'running' | 'stalled' | Ending

/** What was asked of the approvers, and what one of them said. */
export interface Approval {
  /** Of the order: what was approved is exactly this. */
  readonly hash: string
  /** Milliseconds since 1970, by the records' clock. */
  readonly askedAt: number
  readonly expiresAt: number
  readonly decision:
    | { readonly kind: 'approved' | 'rejected'; readonly by: string; readonly at: number }
    | undefined
}

/** The commits between what ran and what is ordered, for people. */
export interface Changes {
  readonly from: string | undefined
  /** Newest first, at most 10. */
  readonly commits: readonly {
    readonly revision: string
    readonly author: string
    readonly subject: string
  }[]
  readonly total: number
  /** Commits that the new revision lacks: a rollback or a force-push. */
  readonly removed: number
  readonly compareUrl: string | undefined
}

/** Where a deployment is told. The channel's message is made by the publisher. */
export type Origin = { readonly kind: 'slack'; readonly channel: string } | { readonly kind: 'cli' }

/** One attempt, as recorded. `sequence` orders all attempts: first come, first served on a host. */
export interface Deployment {
  readonly id: string
  readonly sequence: number
  readonly order: Order
  /** What was typed, for people only. */
  readonly ref: string
  /** It brings back what ran before. */
  readonly isRollback: boolean
  readonly changes: Changes | undefined
  readonly requestedBy: string
  /** Undefined: nobody had to be asked. */
  readonly approval: Approval | undefined
  readonly origin: Origin
  readonly status: DeploymentStatus
  readonly createdAt: number
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  /** Who asked to stop it, when somebody did. */
  readonly cancelledBy: string | undefined
  /** How often a bot took it up again after a crash. */
  readonly resumes: number
}
