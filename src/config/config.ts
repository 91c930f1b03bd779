import type { Group, Host, OnFailure, Owner, Registry, Verify } from '../order.ts'
import type { Secret } from '../secret.ts'

/** touchdown.yml, checked and with every default filled in. Maps, so that `__proto__` is just an unknown name. */
export interface Config {
  /** Where a deployment is told when neither its service names a channel nor the one where it was typed lets the bot in. */
  readonly channel: string | undefined
  readonly hosts: ReadonlyMap<string, Host>
  readonly services: ReadonlyMap<string, Service>
}

export interface Service {
  readonly name: string
  /** By environment; always has DEFAULT_ENVIRONMENT. */
  readonly targets: ReadonlyMap<string, Target>
}

/** One service in one environment: the base keys with the environment's overrides. */
export interface Target {
  readonly service: string
  readonly environment: string
  /** Its own; undefined: where it was asked for. */
  readonly channel: string | undefined
  readonly repo: string
  /** What `/deploy <service>` means. */
  readonly ref: string
  /** Patterns of branches and tags that may be deployed; empty: any. `*` matches any run of characters. */
  readonly refs: readonly string[]
  readonly hosts: readonly Host[]
  readonly path: string
  /** One: touchdown.yml describes one container, which may have replicas. */
  readonly groups: readonly Group[]
  readonly touch: string
  readonly verify: Verify | undefined
  readonly preflight: readonly string[] | undefined
  readonly runAs: string | undefined
  readonly owner: Owner | undefined
  /** How many hosts switch together after the first; undefined: all the rest. */
  readonly batch: Batch | undefined
  readonly onFailure: OnFailure
  /** Slack users (U…, W…), user groups (S…) and `cli:<unix user>`; empty: nobody. */
  readonly deployers: readonly string[]
  readonly approvers: readonly string[]
  readonly approval: 'none' | 'container' | 'all'
  /** How long an approver may take. */
  readonly approvalTimeoutMs: number
  /** Patterns of paths in the repository: a change of these needs a new container. */
  readonly rebuildOn: readonly string[]
  /** All that the file knows. */
  readonly registries: readonly Registry[]
  /** Who a `cli:<unix user>` is in Slack, of all that the file knows. */
  readonly people: ReadonlyMap<string, string>
}

export type Batch = { readonly hosts: number } | { readonly percent: number }

/** .env, checked. */
export interface Settings {
  /** Undefined when the command needs no Slack (check, trust, a deploy from the terminal without tokens). */
  readonly slack:
    | { readonly botToken: Secret; readonly appToken: Secret; readonly apiUrl: string | undefined }
    | undefined
  readonly configFile: string
  readonly sshKeyFile: string | undefined
  readonly knownHostsFile: string
  readonly gitKeyFile: string | undefined
  readonly database:
    | { readonly kind: 'sqlite'; readonly file: string }
    /** `shown`: without password and parameters, for people. */
    | { readonly kind: 'postgres'; readonly url: Secret; readonly shown: string }
  /** The bot ends, to be started anew, when Slack was not connected for so long; undefined: never. */
  readonly deafLimitMs: number | undefined
  readonly healthPort: number | undefined
  readonly logLevel: string
}

/** One thing wrong in .env or touchdown.yml: where, what was found, what would be right. */
export interface Problem {
  readonly file: string
  readonly line: number | undefined
  /** `services.creator.verify.url`, or the variable's name. */
  readonly path: string
  readonly message: string
}
