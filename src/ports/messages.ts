import type { Deployment } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'

/** The publisher's memory. */
export interface MessageStore {
  told(deployment: string): Promise<Told | undefined>
  /** Without so many of its first events. */
  news(deployment: string, known: number): Promise<News>
  /**
   * Deployments of which not all is told, with the number of their events: those unfinished, and those that have ended since;
   * oldest first.
   */
  untold(since: number): Promise<readonly { readonly id: string; readonly events: number }[]>
  /** Asks for the right to tell until it is released; `begin` is called whenever this process gets it. */
  takeTurns(owner: string, begin: (turn: Turn) => void): Turns
}

/**
 * How far Slack shows a deployment. What is wanted there follows from its recorded events, so nothing is lost between
 * an event and its message; this row says what was sent.
 */
export interface Told {
  readonly deployment: string
  /** Where the message stands. Undefined: nothing was posted yet. */
  readonly channel: string | undefined
  /** The message's `ts` in that channel; a thread hangs under it. */
  readonly parent: string | undefined
  /** Recorded events, counted from the first, whose lines the thread has. */
  readonly lines: number
  /** The one broadcast reply was sent. */
  readonly final: boolean
  /** The message was lost or closed to edits and posted anew: once only. */
  readonly reposted: boolean
  /** Channels that turned the bot away, so the next one is used. */
  readonly barred: readonly string[]
  /** Nothing is left to be said. */
  readonly done: boolean
}

/** What is recorded of a deployment that may have to be told. */
export interface News {
  /** As it is now. */
  readonly deployment: Deployment
  readonly told: Told | undefined
  /** In the order of the records, from the number that was asked for. */
  readonly events: readonly DeploymentEvent[]
}

export interface Turns {
  /** The right may be free: asks at once. */
  look(): void
  /** Lets somebody else have it at once. */
  release(): Promise<void>
  /** Lets somebody else have it after a while: a call may be out, and what comes of it may still be saved. */
  lapse(): Promise<void>
}

/** The right to tell Slack: of all the processes on the records one has it at a time. */
export interface Turn {
  /**
   * True as soon as a call may begin that takes so long: nobody else gets the right before it is over. False: somebody else has
   * it. Waits while the records cannot be asked.
   */
  mayCall(ms: number): Promise<boolean>
  /** Inserts or replaces the deployment's row. Rejects when somebody else has the right. */
  save(told: Told): Promise<void>
  /** Resolves when somebody else has it, or it was released. */
  readonly over: Promise<void>
}
