import type { Content } from './content.ts'

/** A person as `users.info` shows them. Flags that are not given are left out of the answer, as Slack does for some. */
export type User = {
  readonly id: string
  readonly name: string
  readonly real_name?: string
  /** Another team's id makes the person a stranger of a shared channel. */
  readonly team_id?: string
  readonly deleted?: boolean
  readonly is_bot?: boolean
  readonly is_restricted?: boolean
  readonly is_ultra_restricted?: boolean
  readonly is_stranger?: boolean
}

export type Group = {
  readonly id: string
  readonly handle: string
  readonly name?: string
  readonly users: readonly string[]
  readonly is_disabled?: boolean
}

export type Channel = {
  readonly id: string
  readonly name: string
  /** Everybody in the workspace when left out. The bot is in `has_bot`, not here. */
  readonly members?: readonly string[]
  /** True when left out. */
  readonly has_bot?: boolean
  readonly is_private?: boolean
  readonly is_archived?: boolean
  readonly is_ext_shared?: boolean
}

export type Team = {
  readonly id: string
  readonly name: string
  readonly domain: string
  readonly appId: string
  readonly botUserId: string
  readonly botId: string
  readonly botName: string
}

export type Author = 'chat.postMessage' | 'response_url' | 'ack' | 'files' | 'a person'

export type Message = Content & {
  readonly channel: string
  readonly ts: string
  readonly user: string
  readonly via: Author
  readonly thread_ts: string | undefined
  /** True when a reply is shown in the channel as well. */
  readonly broadcast: boolean
  /** True when people see the label "(edited)". */
  readonly edited: boolean
  /** What it said before, oldest first. */
  readonly history: readonly Content[]
  readonly files: readonly string[]
  readonly reactions: readonly string[]
  /** Deleted, yet its thread goes on. */
  readonly tombstone: boolean
}

export type Ephemeral = Content & {
  readonly channel: string
  readonly user: string
  readonly ts: string
  readonly thread_ts: string | undefined
  readonly via: 'chat.postEphemeral' | 'response_url' | 'ack' | 'slack'
}

export type File = {
  readonly id: string
  readonly filename: string
  readonly length: number
  readonly title: string | undefined
  /** Undefined until the bytes were sent to the upload address. */
  readonly bytes: Buffer | undefined
  readonly isShared: boolean
}

export type View = { readonly id: string; readonly view: unknown }

export type Change =
  | { readonly kind: 'message posted'; readonly message: Message }
  | { readonly kind: 'message changed'; readonly message: Message }
  | { readonly kind: 'message deleted'; readonly message: Message }
  | { readonly kind: 'ephemeral posted'; readonly ephemeral: Ephemeral }
  | { readonly kind: 'ephemeral changed' | 'ephemeral deleted'; readonly ephemeral: Ephemeral }
  | { readonly kind: 'view opened'; readonly view: View }
  | { readonly kind: 'people changed' }
  | { readonly kind: 'called'; readonly method: string }
  | { readonly kind: 'connections changed'; readonly open: number }
  | { readonly kind: 'envelope settled'; readonly envelopeId: string }
