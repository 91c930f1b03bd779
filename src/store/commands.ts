import type { Transaction } from 'kysely'
import type { AuditRow, Store } from '../ports.ts'
import { draw, type Records } from './database.ts'
import type { OnlyBot } from './instance.ts'
import { commandFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** Slack waits three seconds for the acknowledgement, and the person for the reason why there is none. */
const ACCEPT_MS = 2_000

/** What people asked, each once, and what was decided. */
export function commandRecords(
  records: Records,
  bot: OnlyBot,
): Pick<Store, 'accept' | 'settle' | 'unsettled' | 'heard' | 'audit' | 'audited'> {
  return {
    accept: command =>
      records.writeWithin(ACCEPT_MS, async trx => {
        await bot.check(trx)
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto('commands')
          .values({
            trigger_id: command.trigger,
            actor: command.actor,
            text_json: JSON.stringify(command.text),
            click_json: command.click === undefined ? null : JSON.stringify(command.click),
            channel: command.channel ?? null,
            response_url: command.responseUrl ?? null,
            received_at: command.receivedAt,
            settled_at: null,
          })
          .onConflict(conflict => conflict.column('trigger_id').doNothing())
          .executeTakeFirstOrThrow()
        return numInsertedOrUpdatedRows === 1n
      }),

    settle: trigger =>
      records.write(async trx => {
        await trx
          .updateTable('commands')
          .set({ settled_at: await records.now(trx), response_url: null })
          .where('trigger_id', '=', trigger)
          .where('settled_at', 'is', null)
          .execute()
      }),

    unsettled: () =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('commands')
          .selectAll()
          .where('settled_at', 'is', null)
          .orderBy('received_at')
          .orderBy('trigger_id')
          .execute()
        return rows.map(commandFrom)
      }),

    heard: trigger =>
      records.read(async trx => {
        const row = await trx
          .selectFrom('commands')
          .selectAll()
          .where('trigger_id', '=', trigger)
          .executeTakeFirst()
        return row && commandFrom(row)
      }),

    audit: row => records.write(async trx => audit(trx, await records.now(trx), row)),

    audited: (after, limit) =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('audit')
          .selectAll()
          .where('n', '>', after)
          .orderBy('n')
          .limit(limit)
          .execute()
        return rows.map(({ target, ...row }) => ({ ...row, target: target ?? undefined }))
      }),
  }
}

/** `Store.audit`, inside a transaction that has more to write. */
export async function audit(
  trx: Transaction<Schema>,
  at: number,
  { actor, action, target, decision, detail }: AuditRow,
): Promise<void> {
  const n = await draw(trx, 'audit')
  const row = { n, at, actor, action, target: target ?? null, decision, detail: storable(detail) }
  await trx.insertInto('audit').values(row).execute()
}

/** Details can quote anything; PostgreSQL keeps neither NUL nor half a surrogate pair in a text. */
function storable(text: string): string {
  return Buffer.from(text).toString().replaceAll('\0', '\\u0000')
}
