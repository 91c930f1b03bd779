import type { AuditRecords } from './records/audit.ts'
import type { CommandRecords } from './records/commands.ts'
import type { CreationRecords } from './records/creation.ts'
import type { EventRecords } from './records/events.ts'
import type { HistoryRecords } from './records/history.ts'
import type { HoldRecords } from './records/holds.ts'
import type { ClaimRecords, FenceRecords, QueueRecords } from './records/queue.ts'
import type { ApprovalRecords, CancelRecords, OfferRecords, StallRecords } from './records/verdicts.ts'

/** Everything that is remembered. */
export interface Store
  extends CommandRecords,
    AuditRecords,
    CreationRecords,
    HistoryRecords,
    EventRecords,
    QueueRecords,
    ClaimRecords,
    FenceRecords,
    CancelRecords,
    ApprovalRecords,
    StallRecords,
    OfferRecords,
    HoldRecords {
  /** Random, made once per database: hosts refuse another installation's bot. */
  readonly installation: string
  /** Several bots may work on it, so what one does not renew in time is another's. Else a lock keeps other bots out; a terminal may take up what a bot beside it does not renew. */
  readonly isShared: boolean

  /**
   * What may come of this command, as long as it is this owner's and not settled: else each rejects with TakenOver and writes
   * nothing. One that is not recorded, as a terminal's, is nobody else's.
   */
  actingOn(trigger: string, owner: string): Effects

  close(): Promise<void>
}

/** What a command changes in the records. */
export type Effects = Pick<
  Store,
  'create' | 'createAfter' | 'decide' | 'giveUp' | 'cancel' | 'answer' | 'setHold' | 'endHold' | 'audit'
>

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
