import type { Args } from './answer.ts'
import type { Faults } from './faults.ts'
import type { Triggers } from './triggers.ts'
import type { Workspace } from './workspace.ts'

/** What a Web API method works on. */
export type World = {
  readonly workspace: Workspace
  readonly faults: Faults
  readonly triggers: Triggers
  readonly scopes: readonly string[]
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly origin: string
  /** A WebSocket address that opens one socket, once. */
  newSocketUrl(): string
}

export type Call = { readonly world: World; readonly args: Args }
