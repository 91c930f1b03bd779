import type { Target } from './config/config.ts'
import type {
  Because,
  Changes,
  Deployment,
  DeploymentStatus,
  Host,
  HostResult,
  Order,
  Origin,
  Revision,
  StepOutcome,
  TargetId,
} from './deployment.ts'
import type { Answered, DeploymentEvent, Offer, Rehearsed, Void } from './event.ts'
import type { Hold } from './hold.ts'
import type { TypedRef } from './intent/intent.ts'
import type { Actor, GroupMembers } from './policy/actor.ts'
import type { Decision } from './refusal.ts'
import type { Secret } from './secret.ts'

/** Every port of the world outside: what the pure rooms and run/ may ask for. One contract suite for each. */

/** Milliseconds since 1970 (`now`) and a clock that never jumps (`monotonic`), for durations. */
export interface Clock {
  now(): number
  monotonic(): number
}

/** A command as it arrived, recorded before it is acknowledged. */
export interface Command {
  /** Slack's trigger_id, or a random one from the terminal: unique, so that nothing is acted on twice. */
  readonly trigger: string
  readonly actor: string
  readonly text: string
  /** A button was pressed; `text` is empty. */
  readonly click?: Click | Choice | undefined
  readonly channel: string | undefined
  readonly responseUrl: string | undefined
  readonly receivedAt: number
  /** Set by the story, never recorded: of all commands with the same one, only one deployment comes. Undefined: the trigger. */
  readonly once?: string
}

export const CLICK_ACTIONS = [
  ...(['approve', 'reject', 'cancel', 'resume', 'leave'] as const),
  ...(['retry', 'rollback', 'lock'] as const),
] as const

/** A button of a deployment's message. */
export interface Click {
  readonly action: (typeof CLICK_ACTIONS)[number]
  /** Its id, as the button names it: nothing says that there is one. */
  readonly deployment: string
}

export const CHOICES = ['full', 'code'] as const

/** A button under the refusal of a command: which option it lacked. */
export interface Choice {
  readonly action: (typeof CHOICES)[number]
  /** The trigger of that command, as the button names it: nothing says that there is one. */
  readonly command: string
}

export interface AuditRow {
  /** `touchdown` for what the bot does by itself. */
  readonly actor: string
  /** `deploy`, `cancel`, …, `unreadable`; `unread` when it was too old, `unfinished` after a fault, `give-up` by itself. */
  readonly action: string
  readonly target: string | undefined
  /** `accepted`, or the reason of the refusal or of giving up. */
  readonly decision: string
  readonly detail: string
}

/** A row of the audit as it was recorded: `n` counts from 1 without gaps. */
export interface Audited extends AuditRow {
  readonly n: number
  readonly at: number
}

/** A write of which nobody knows whether it is recorded: the link was cut, and the server could not be asked in time. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
}

/** What was to come of a command is not written: another bot has the command by now, or has settled it, and answers. */
export class TakenOver extends Error {
  override readonly name = 'TakenOver'
}

/** For how long a claim holds without news of its owner. */
export const LEASE_MS = 15_000

export interface Store {
  /** Random, made once per database: hosts refuse another installation's bot. */
  readonly installation: string
  /** Several bots may work on it, so what one does not renew in time is another's. Else a lock keeps others out, and a bot's stays its own. */
  readonly isShared: boolean

  /** False when the trigger is known already: say nothing and do nothing. Else it is this owner's to act on. */
  accept(command: Command, owner: string): Promise<boolean>
  /** This owner still acts on these commands: it is given those that are its own for another lease. Soon, or never. */
  keepCommands(owner: string, triggers: readonly string[]): Promise<readonly string[]>
  /** The command was acted upon; a restart does not take it up again. False: it is not this owner's any more. */
  settle(trigger: string, owner: string): Promise<boolean>
  /** Oldest first. */
  unsettled(): Promise<readonly Command[]>
  /**
   * Those of them that nobody acts on, for their lease is over. Where the records are not shared, all: which of them it is at,
   * the only bot knows itself.
   */
  leftCommands(): Promise<readonly Command[]>
  /** One of these is this owner's to act on from now on. False: it is none of them, or is no more. */
  takeCommand(trigger: string, owner: string): Promise<boolean>
  /**
   * What may come of this command, as long as it is this owner's and not settled: else each rejects with TakenOver and writes
   * nothing. One that is not recorded, as a terminal's, is nobody else's.
   */
  actingOn(trigger: string, owner: string): Effects
  /** What was recorded with this trigger; once it is settled nobody can be answered by it any more. */
  heard(trigger: string): Promise<Command | undefined>

  /** `trigger`: what comes of that command is said once, also when two bots act on it; the same action and decision is known then. */
  audit(row: AuditRow, trigger?: string): Promise<void>
  /** The rows after this number, at most so many, in their order. */
  audited(after: number, limit: number): Promise<readonly Audited[]>

  /**
   * Queued with the next sequence, or awaiting its approval and `approval-asked` among its events. A second call with the same
   * trigger makes nothing and gives the first one's deployment, as one that is known.
   */
  create(deployment: NewDeployment): Promise<Made>
  /**
   * The same for what was decided upon when `last` was the newest deployment of the target that waits for its turn or has ever
   * begun. Another one is by now: nothing is made, and that one is given. So is one that `asked` for the same order, and still
   * awaits its approval.
   */
  createAfter(
    last: string | undefined,
    deployment: NewDeployment,
  ): Promise<Made | { readonly kind: 'overtaken' | 'asked'; readonly deployment: Deployment }>
  find(id: string): Promise<Deployment | undefined>
  /** Queued deployments that no earlier unfinished one shares a host or target with, oldest first. */
  startable(): Promise<readonly Deployment[]>
  /** Unfinished deployments ahead of this one on one of its hosts or its target, oldest first. */
  ahead(id: string): Promise<readonly Deployment[]>
  /** Queued → running, by this owner; draws the fence number. Undefined: somebody else was first or it is not queued. */
  claim(id: string, owner: string): Promise<Claimed | undefined>
  /** One of this owner's `orphans`, taken up with a new fence number. Undefined: it is none, or is no more. */
  resume(id: string, owner: string): Promise<Claimed | undefined>
  /** The last fence number that was given to a run, whatever became of it: hosts have seen none above it. */
  lastFence(): Promise<number>
  /**
   * For records that are an older copy: gives no number up to this one any more, and stops what waits, for it may have begun and
   * been followed by others already. What it has stopped; audited, all of it. Nothing, where they are further already.
   */
  raiseFence(seen: number, by: string): Promise<readonly Deployment[]>
  /** This owner ends: on shared records others need not wait for the leases of what it leaves, commands included. */
  release(owner: string): Promise<void>
  /** This owner still lives: of these deployments those that it is given back are its own for another lease. Soon, or never. */
  renew(owner: string, ids: readonly string[]): Promise<readonly string[]>
  /**
   * Running deployments that nobody else runs any more, oldest first: their lease is over. Where the records are not shared and
   * a `bot:…` asks, every other bot's is, too: it is the only one that lives. The asker's own are among them, for it may have
   * claimed one without getting an answer: which of them it is at it knows itself.
   */
  orphans(owner: string): Promise<readonly Deployment[]>
  unfinished(): Promise<readonly Deployment[]>
  /**
   * Adds the event and, in the same moment, what follows from it: the host's result, the deployment's end. A run gives the
   * `fence` that it holds. False, and nothing was written: another run has taken over, or the deployment has ended. When the outcome
   * is unknown, the same object may be appended again: it is recorded once.
   */
  append(id: string, event: DeploymentEvent, fence?: number): Promise<boolean>
  events(id: string): Promise<readonly { readonly at: number; readonly event: DeploymentEvent }[]>
  hostResults(
    id: string,
  ): Promise<ReadonlyMap<string, { readonly result: HostResult; readonly durationMs: number }>>
  /**
   * Stops the unfinished deployment with this id, or the target's first one, those that nobody has stopped yet before the
   * others; one that waits is over at once. `events`: what was recorded of it. Undefined: there is none. A second call with the same trigger records
   * nothing and gives the same.
   */
  cancel(which: string | TargetId, by: string, trigger: string): Promise<Recorded | undefined>
  /**
   * What an approver says of one that awaits it: the first word counts, and only before its time is over. Approved, it is queued
   * behind all that are. No events: nothing has changed, and the deployment shows why. Undefined: there is none.
   */
  decide(id: string, decision: Decided, trigger: string): Promise<Recorded | undefined>
  /** Ends those that nobody approved in time; each is given to one caller. */
  expire(): Promise<readonly Recorded[]>
  /**
   * What becomes of one that has stalled: the first word counts; a person's only before its time is over, nobody's only after.
   * Resumed, it is queued at its old place; left, it has ended, and these may be done next. No events: nothing has changed.
   * Undefined: there is none. What is nobody's word is audited in the same moment.
   */
  answer(
    id: string,
    answer: Answered,
    trigger: string | undefined,
    offers: readonly Offer[],
  ): Promise<Recorded | undefined>
  /** Those that have stalled, and whose time is over. */
  overdue(): Promise<readonly Deployment[]>
  /**
   * Ends one that awaits its approval in vain or, with the `fence` that its run holds, one that was approved and has not begun.
   * Undefined: it awaits none any more, or another run has taken over. This and `expire` are audited in the same moment.
   */
  giveUp(id: string, why: Void, fence?: number): Promise<Recorded | undefined>
  /**
   * Takes back what ends have offered, where another deployment of the target has begun since, a rollback of it awaits its
   * approval, or somebody has locked what a lock was offered for; each is given to one caller, and is to be told again.
   */
  withdraw(): Promise<readonly Recorded[]>
  /** What a command with this trigger has ordered, decided or stopped already. */
  doneBy(trigger: string): Promise<Done | undefined>
  /** Newest first. */
  history(filter: {
    readonly service: string | undefined
    readonly limit: number
  }): Promise<readonly Deployment[]>
  /** The newest deployment of the target with this status, if any. */
  latest(target: TargetId, status: DeploymentStatus): Promise<Deployment | undefined>
  /** The target's newest deployments, at most so many, newest first, with how each host ended as far as it is recorded. */
  attempts(target: TargetId, limit: number): Promise<readonly Attempt[]>
  /** Image digest that the target last succeeded with. */
  recordedDigest(target: TargetId): Promise<string | undefined>
  /** The hold on the target that is in force. */
  hold(target: TargetId): Promise<Hold | undefined>
  /**
   * Sets it, or changes reason and time of the same person's. Somebody else's stays, and is given instead. A second call with the
   * same trigger changes nothing and gives the same.
   */
  setHold(hold: NewHold): Promise<Hold>
  /** Ends it, whoever set it, and gives what it was; undefined: there was none. Once for a trigger, as above. */
  endHold(target: TargetId, by: string, trigger: string): Promise<Hold | undefined>

  close(): Promise<void>
}

/** What a command changes in the records. */
export type Effects = Pick<
  Store,
  'create' | 'createAfter' | 'decide' | 'cancel' | 'answer' | 'setHold' | 'endHold' | 'audit'
>

/** What a command has come to. */
export interface Done {
  readonly kind: 'accepted' | 'cancelled' | 'decided'
  readonly deployment: Deployment
}

/** `known`: by its trigger, made before, so what follows from it has followed. */
export interface Made {
  readonly kind: 'made' | 'known'
  readonly deployment: Deployment
}

export interface Attempt {
  readonly deployment: Deployment
  /** By the host's name. */
  readonly results: ReadonlyMap<string, HostResult>
}

/** The right to run a deployment, as long as nobody has drawn a later fence number for it. */
export interface Claimed {
  readonly deployment: Deployment
  readonly fence: number
  /** That of its first attempt. It has kept its place since: hosts have seen no higher one of its target's but its own. */
  readonly firstFence: number
}

/** A deployment as it is now, and what was recorded of it to make it so. */
export interface Recorded {
  readonly deployment: Deployment
  readonly events: readonly DeploymentEvent[]
}

/** What an approver said. */
export type Decided = DeploymentEvent & { readonly kind: 'approved' | 'rejected' }

export interface NewDeployment {
  /** Somebody has to approve it first: it is `awaiting` until then. `expiresInMs` counts from now by the records' clock. */
  readonly approval:
    | {
        readonly hash: string
        readonly expiresInMs: number
        readonly approvers: readonly string[]
        readonly rehearsals: readonly Rehearsed[]
      }
    | undefined
  readonly id: string
  readonly trigger: string
  readonly order: Order
  readonly ref: string
  readonly isRollback: boolean
  readonly changes: Changes | undefined
  readonly requestedBy: string
  readonly origin: Origin
}

export interface NewHold {
  readonly target: TargetId
  readonly by: string
  readonly reason: string
  /** Undefined: until somebody ends it. */
  readonly forMs: number | undefined
  readonly trigger: string
}

/** Who people are, as the place where they type knows it. */
export interface People {
  standingOf(id: string): Promise<Actor['standing']>
  membersOf(group: string): Promise<GroupMembers>
}

/** What a ref means now, looked up in the repository's mirror. */
export interface Resolution {
  readonly revision: Revision
  /** Full-name match in refs/heads that holds the revision; the configured ref when it does. */
  readonly branch: string | undefined
  /** For people: `main`, `tag v1.2`, `4f2c1ab`. */
  readonly shown: string
}

/** Bare mirrors of the services' repositories. */
export interface Mirrors {
  /** Brings the mirror up to date first. */
  resolve(target: Target, ref: TypedRef): Promise<Decision<Resolution>>
  /** Never fails: what the mirror cannot tell is left empty. */
  changes(repo: string, from: string | undefined, to: Revision): Promise<Changes>
  /** Paths of the repository that are not the same in both. Empty when the mirror does not know one of them. */
  changedFiles(repo: string, from: Revision, to: Revision): Promise<readonly string[]>
  /** Stops running updates and ends the kept connections. */
  close(): Promise<void>
}

/** One line that a host's shell runs: a function of the preamble and its arguments. */
export interface Step {
  readonly name: string
  readonly call: readonly [script: string, ...words: readonly (string | Secret)[]]
  /** The bot's own deadline; the commands inside have shorter ones of their own. */
  readonly limitMs: number
}

/** Read-only sessions (`look`) take no lock; deploy sessions hold the target's lock from the first line to the last. */
export type SessionPurpose =
  | { readonly kind: 'look' }
  | {
      readonly kind: 'deploy'
      readonly deployment: string
      readonly target: TargetId
      readonly installation: string
      readonly fence: number
      readonly firstFence: number
      readonly by: string
      readonly lockWaitMs: number
    }

export interface HostSession {
  /** Never throws: a lost link is an outcome. */
  run(step: Step): Promise<StepOutcome>
  /** One HTTP GET from the host's own network, through the SSH connection. */
  ask(url: string, timeoutMs: number): Promise<Answer>
  close(): Promise<void>
}

export type Answer =
  | {
      readonly status: 'answered'
      readonly code: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  | { readonly status: 'unanswered'; readonly detail: string; readonly linkLost: boolean }

export type Opening =
  | { readonly kind: 'open'; readonly session: HostSession }
  | { readonly kind: 'closed'; readonly because: Because }

export interface Hosts {
  open(host: Host, purpose: SessionPurpose): Promise<Opening>
  /** Ends all connections; running steps finish on their hosts. */
  close(): Promise<void>
}

/** Tells people. Never waited for by a deployment: Slack slow or down changes messages only. */
export interface Teller {
  tell(deployment: Deployment, event: DeploymentEvent): void
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

export interface Turns {
  /** The right may be free: asks at once. */
  look(): void
  /** Lets somebody else have it at once. */
  release(): Promise<void>
  /** Lets somebody else have it after a while: a call may be out, and what comes of it may still be saved. */
  lapse(): Promise<void>
}
