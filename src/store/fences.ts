import type { Transaction } from 'kysely'
import type { Claimed, FenceRecords } from '../ports/records/queue.ts'
import { audit } from './audit.ts'
import { stopWaiting } from './cancels.ts'
import { draw, type Records } from './database.ts'
import { deploymentFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** The numbers by which hosts turn away whoever is too late. */
export function fenceRecords(records: Records): FenceRecords {
  return {
    lastFence: () => records.read(lastFence),

    raiseFence: (seen, by) =>
      records.write(async trx => {
        if ((await lastFence(trx)) >= seen) return []
        const now = await records.now(trx)
        const stopped = await stopWaiting(trx, now, by)
        // Locks the counter's row: whoever draws meanwhile comes before or after.
        const given = (await draw(trx, 'fence')) - 1
        await trx
          .updateTable('counters')
          .set({ value: Math.max(given, seen) })
          .where('name', '=', 'fence')
          .execute()
        const row = { actor: by, target: undefined, decision: 'accepted' }
        await audit(trx, now, { ...row, action: 'catch-up', detail: `fence ${given} to ${seen}` })
        for (const { id, order } of stopped) {
          const target = `${order.target.service}.${order.target.environment}`
          await audit(trx, now, { ...row, action: 'cancel', target, detail: id })
        }
        return stopped
      }),
  }
}

/** A number that no host has seen: whoever held the deployment before is turned away there. */
export async function fenced(trx: Transaction<Schema>, id: string): Promise<Claimed> {
  const fence = await draw(trx, 'fence')
  const row = await trx
    .updateTable('deployments')
    .set(eb => ({ fence, first_fence: eb.fn.coalesce('first_fence', eb.val(fence)) }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return { deployment: deploymentFrom(row), fence, firstFence: row.first_fence ?? fence }
}

async function lastFence(trx: Transaction<Schema>): Promise<number> {
  const { value } = await trx
    .selectFrom('counters')
    .select('value')
    .where('name', '=', 'fence')
    .executeTakeFirstOrThrow()
  return value
}
