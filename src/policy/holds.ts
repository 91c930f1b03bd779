import type { Hold } from '../hold.ts'
import type { Refusal } from '../refusal.ts'

/** Why the actor may not deploy a target that is held, nor hold it too; undefined: nobody else holds it. `now` by the records' clock. */
export function heldFrom(actor: string, hold: Hold | undefined, now: number): Refusal | undefined {
  if (hold === undefined || hold.by === actor) return undefined
  return {
    reason: 'held',
    target: hold.target,
    by: hold.by,
    why: hold.reason,
    ageMs: now - hold.since,
    leftMs: hold.until === undefined ? undefined : hold.until - now,
  }
}
