import type { Shown } from './shown.ts'

/** What the page and its server say to each other. Only types: both sides import this file. */

export interface Person {
  readonly id: string
  readonly name: string
  /** What people read: the real name, or the name. */
  readonly shownName: string
}

export interface Channel {
  readonly id: string
  readonly name: string
  readonly isPrivate: boolean
  /** Everybody when left out. */
  readonly members?: readonly string[]
}

export interface Workspace {
  readonly name: string
  /** Addresses of messages start with `https://<domain>.slack.com/`. */
  readonly domain: string
  readonly bot: Person
  readonly people: readonly Person[]
  readonly channels: readonly Channel[]
  readonly groups: readonly { readonly id: string; readonly handle: string }[]
}

export interface Message {
  readonly channel: string
  /** Unique in its channel, and in the order of posting. */
  readonly ts: string
  /** Who wrote it; undefined: Slack itself. */
  readonly user: string | undefined
  readonly text: string
  readonly blocks: readonly unknown[]
  readonly thread: string | undefined
  readonly isBroadcast: boolean
  readonly isEdited: boolean
  /** The one person who sees it. */
  readonly only: string | undefined
  /** A command as its asker typed it. Slack shows none; here it makes clear what the answers answer. */
  readonly isTyped: boolean
}

/** One look at the service's page on a host. */
export interface HostLook {
  readonly name: string
  readonly url: string
  readonly isUp: boolean
  /** What the page says in X-Revision and X-Container. */
  readonly revision: string | undefined
  readonly container: string | undefined
}

export type FromServer =
  | {
      readonly kind: 'hello'
      readonly workspace: Workspace
      readonly shown: Shown
      readonly messages: readonly Message[]
      readonly hosts: readonly HostLook[]
      readonly isBotThere: boolean
    }
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'gone'; readonly channel: string; readonly ts: string }
  | { readonly kind: 'host'; readonly host: HostLook }
  | { readonly kind: 'bot'; readonly isThere: boolean }

/** What a person does in the page: the body of a POST to `/act`. */
export type Act =
  | { readonly kind: 'type'; readonly as: string; readonly channel: string; readonly text: string }
  | {
      readonly kind: 'press'
      readonly as: string
      readonly channel: string
      readonly ts: string
      readonly action: string
      readonly value?: string
      /** The dialog of the button was answered with yes. */
      readonly confirms?: true
    }

/** A problem is a sentence for the person. */
export type Acted = { readonly ok: true } | { readonly ok: false; readonly problem: string }
