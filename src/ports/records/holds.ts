import type { Hold } from '../../hold.ts'
import type { TargetId } from '../../target.ts'

/** Who keeps others from deploying a target. */
export interface HoldRecords {
  /** The hold on the target that is in force. */
  hold(target: TargetId): Promise<Hold | undefined>
  /**
   * Sets it, or changes reason and time of the same person's. Somebody else's stays, and is given instead. A second call with the
   * same trigger changes nothing and gives the same.
   */
  setHold(hold: NewHold): Promise<Hold>
  /** Ends it, whoever set it, and gives what it was; undefined: there was none. Once for a trigger, as above. */
  endHold(target: TargetId, by: string, trigger: string): Promise<Hold | undefined>
}

export interface NewHold {
  readonly target: TargetId
  readonly by: string
  readonly reason: string
  /** Undefined: until somebody ends it. */
  readonly forMs: number | undefined
  readonly trigger: string
}
