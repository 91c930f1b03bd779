import type { Revision } from './revision.ts'
import type { TargetId } from './target.ts'

/** What shall be true of the hosts, as data: decided, recorded and approved before anything acts. */
export type Order = CodeOrder | SwapOrder

export type Kind = Order['kind']

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

/** What becomes of the other hosts when one has failed: no further one begins, all get their turn, or those that had it are put back. */
export type OnFailure = 'stop' | 'continue' | 'rollback'

/** One machine, as the configuration names it. */
export interface Host {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly user: string
  /** Pinned keys, each `type base64` as in known_hosts; empty: the known_hosts file decides. */
  readonly hostKeys: readonly string[]
}

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

/** A plain value, or the name of a variable in the bot's environment; the value itself is never stored. */
export type EnvironmentValue = string | { readonly secret: string }

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
