import type { Transaction } from 'kysely'
import type { CommandRecords } from '../ports/records/commands.ts'
import { LEASE_MS } from '../ports/store.ts'
import type { Records } from './database.ts'
import { watchLeases } from './lapse.ts'
import { commandFrom } from './rows.ts'
import type { CommandTable, Schema } from './schema.ts'

/** Slack waits three seconds for the acknowledgement, and the person for the reason why there is none. */
const ACCEPT_MS = 2_000
/** So that the next try comes long before the lease is over. */
const KEEP_WITHIN_MS = 3_000

/** What people asked, each once, and who acts on it. `isShared`: several bots may live. */
export function commandRecords(records: Records, isShared: boolean): CommandRecords {
  const leases = watchLeases()

  /** Those that nobody acts on, as far as the records know. */
  async function left(trx: Transaction<Schema>): Promise<readonly CommandTable[]> {
    const rows = await unsettled(trx)
    if (!isShared) return rows
    const all = rows.map(row => [row.trigger_id, { owner: row.owner, until: row.lease_until }] as const)
    const over = leases.over(new Map(all), await records.now(trx))
    return rows.filter(row => over.has(row.trigger_id))
  }

  return {
    accept: (command, owner) =>
      records.writeWithin(ACCEPT_MS, async trx => {
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
            owner,
            lease_until: (await records.now(trx)) + LEASE_MS,
          })
          .onConflict(conflict => conflict.column('trigger_id').doNothing())
          .executeTakeFirstOrThrow()
        return numInsertedOrUpdatedRows === 1n
      }),

    settle: (trigger, owner) =>
      records.write(async trx => {
        const now = await records.now(trx)
        const settled = await trx
          .updateTable('commands')
          .set(eb => ({ settled_at: eb.fn.coalesce('settled_at', eb.val(now)), response_url: null }))
          .where('trigger_id', '=', trigger)
          .where('owner', '=', owner)
          .returning('trigger_id')
          .executeTakeFirst()
        return settled !== undefined
      }),

    keepCommands: async (owner, triggers) => {
      if (triggers.length === 0) return []
      return records.writeWithin(KEEP_WITHIN_MS, async trx => {
        const kept = await trx
          .updateTable('commands')
          .set({ lease_until: (await records.now(trx)) + LEASE_MS })
          .where('owner', '=', owner)
          .where('settled_at', 'is', null)
          .where('trigger_id', 'in', [...triggers])
          .returning('trigger_id')
          .execute()
        return kept.map(row => row.trigger_id)
      })
    },

    unsettled: () => records.read(async trx => (await unsettled(trx)).map(commandFrom)),

    leftCommands: () => records.read(async trx => (await left(trx)).map(commandFrom)),

    takeCommand: (trigger, owner) =>
      records.write(async trx => {
        const found = (await left(trx)).find(row => row.trigger_id === trigger)
        if (!found) return false
        const won = await trx
          .updateTable('commands')
          .set({ owner, lease_until: (await records.now(trx)) + LEASE_MS })
          .where('trigger_id', '=', trigger)
          .where('settled_at', 'is', null)
          // As it was looked at: whoever kept it or took it meanwhile has it.
          .where('owner', '=', found.owner)
          .where('lease_until', '=', found.lease_until)
          .returning('trigger_id')
          .executeTakeFirst()
        return won !== undefined
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
  }
}

function unsettled(trx: Transaction<Schema>): Promise<readonly CommandTable[]> {
  return trx
    .selectFrom('commands')
    .selectAll()
    .where('settled_at', 'is', null)
    .orderBy('received_at')
    .orderBy('trigger_id')
    .execute()
}
