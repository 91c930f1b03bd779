import type { Transaction } from 'kysely'
import type { Hold } from '../hold.ts'
import type { HoldRecords, NewHold } from '../ports/records/holds.ts'
import type { TargetId } from '../target.ts'
import { draw, type Records } from './database.ts'
import type { HoldTable } from './holds-table.ts'
import type { Schema } from './schema.ts'

/** Which targets people keep for themselves, and have kept. */
export function holdRecords(records: Records): HoldRecords {
  return {
    hold: target =>
      records.read(async trx => {
        const row = await inForce(trx, target, await records.now(trx))
        return row && holdFrom(row)
      }),

    setHold: hold => records.write(async trx => set(trx, hold, await records.now(trx))),

    endHold: (target, by, trigger) =>
      records.write(async trx => {
        const now = await records.now(trx)
        // Drawn before anybody looks: of two who end it at once, the second finds that it has ended.
        await draw(trx, 'hold')
        const done = await trx
          .selectFrom('holds')
          .selectAll()
          .where('end_trigger_id', '=', trigger)
          .executeTakeFirst()
        const row = done ?? (await inForce(trx, target, now))
        if (row === undefined) return undefined
        if (!done) await end(trx, row, now, by, trigger)
        return holdFrom(row)
      }),
  }
}

async function set(
  trx: Transaction<Schema>,
  { target, by, reason, forMs, trigger }: NewHold,
  now: number,
): Promise<Hold> {
  // Drawn before anybody looks: of two who lock at once, the second finds what the first has set.
  const n = await draw(trx, 'hold')
  const done = await trx.selectFrom('holds').selectAll().where('trigger_id', '=', trigger).executeTakeFirst()
  if (done) return holdFrom(done)
  const before = await inForce(trx, target, now)
  if (before && before.holder !== by) return holdFrom(before)
  if (before) await end(trx, before, now, by, null)
  const row: HoldTable = {
    n,
    service: target.service,
    environment: target.environment,
    holder: by,
    reason,
    held_since: before?.held_since ?? now,
    held_until: forMs === undefined ? null : now + forMs,
    trigger_id: trigger,
    ended_at: null,
    ended_by: null,
    end_trigger_id: null,
  }
  await trx.insertInto('holds').values(row).execute()
  return holdFrom(row)
}

function inForce(
  trx: Transaction<Schema>,
  { service, environment }: TargetId,
  now: number,
): Promise<HoldTable | undefined> {
  return trx
    .selectFrom('holds')
    .selectAll()
    .where('service', '=', service)
    .where('environment', '=', environment)
    .where('ended_at', 'is', null)
    .where(eb => eb.or([eb('held_until', 'is', null), eb('held_until', '>', now)]))
    .orderBy('n', 'desc')
    .limit(1)
    .executeTakeFirst()
}

async function end(
  trx: Transaction<Schema>,
  { n }: HoldTable,
  now: number,
  by: string,
  trigger: string | null,
): Promise<void> {
  await trx
    .updateTable('holds')
    .set({ ended_at: now, ended_by: by, end_trigger_id: trigger })
    .where('n', '=', n)
    .execute()
}

function holdFrom(row: HoldTable): Hold {
  return {
    target: { service: row.service, environment: row.environment },
    by: row.holder,
    reason: row.reason,
    since: row.held_since,
    until: row.held_until ?? undefined,
  }
}
