/** Who wanted what, and what was decided. */
export interface AuditRecords {
  /** `trigger`: what comes of that command is said once, also when two bots act on it; the same action and decision is known then. */
  audit(row: AuditRow, trigger?: string): Promise<void>
  /** The rows after this number, at most so many, in their order. */
  audited(after: number, limit: number): Promise<readonly Audited[]>
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
