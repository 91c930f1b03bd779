import type { Transaction } from 'kysely'
import type { AuditRecords, AuditRow } from '../ports/records/audit.ts'
import { draw, type Records } from './database.ts'
import type { Schema } from './schema.ts'

/** Who wanted what, and what was decided: numbered without gaps. */
export function auditRecords(records: Records): AuditRecords {
  return {
    audit: (row, trigger) => records.write(async trx => audit(trx, await records.now(trx), row, trigger)),

    audited: (after, limit) =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('audit')
          .selectAll()
          .where('n', '>', after)
          .orderBy('n')
          .limit(limit)
          .execute()
        return rows.map(({ target, trigger_id: _, ...row }) => ({ ...row, target: target ?? undefined }))
      }),
  }
}

/** `Store.audit`, inside a transaction that has more to write. */
export async function audit(
  trx: Transaction<Schema>,
  at: number,
  { actor, action, target, decision, detail }: AuditRow,
  trigger?: string,
): Promise<void> {
  // Drawn before anybody looks: of two who say the same at once, the second finds what the first has said.
  const n = await draw(trx, 'audit')
  if (trigger !== undefined && (await isSaid(trx, trigger, action, decision))) {
    await trx
      .updateTable('counters')
      .set({ value: n - 1 })
      .where('name', '=', 'audit')
      .execute()
    return
  }
  const said = { actor, action, target: target ?? null, decision, detail: storable(detail) }
  await trx
    .insertInto('audit')
    .values({ n, at, ...said, trigger_id: trigger ?? null })
    .execute()
}

async function isSaid(
  trx: Transaction<Schema>,
  trigger: string,
  action: string,
  decision: string,
): Promise<boolean> {
  const row = await trx
    .selectFrom('audit')
    .select('n')
    .where('trigger_id', '=', trigger)
    .where('action', '=', action)
    .where('decision', '=', decision)
    .executeTakeFirst()
  return row !== undefined
}

/** Details can quote anything; PostgreSQL keeps neither NUL nor half a surrogate pair in a text. */
function storable(text: string): string {
  return Buffer.from(text).toString().replaceAll('\0', '\\u0000')
}
