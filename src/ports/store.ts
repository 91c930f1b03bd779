import type { Command } from '../command.ts'
import type { Changes, Deployment, DeploymentStatus, Origin } from '../deployment.ts'
import type { Answered, DeploymentEvent, Offer, Rehearsed, Void } from '../event.ts'
import type { Hold } from '../hold.ts'
import type { HostResult } from '../host-result.ts'
import type { Order } from '../order.ts'
import type { TargetId } from '../target.ts'

/** For how long a claim holds without news of its owner. */
export const LEASE_MS = 15_000

/** A write of which nobody knows whether it is recorded: the link was cut, and the server could not be asked in time. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
}

/** What was to come of a command is not written: another bot has the command by now, or has settled it, and answers. */
export class TakenOver extends Error {
  override readonly name = 'TakenOver'
}

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
  'create' | 'createAfter' | 'decide' | 'giveUp' | 'cancel' | 'answer' | 'setHold' | 'endHold' | 'audit'
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
