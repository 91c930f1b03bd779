import type { Transaction } from 'kysely'
import type { DeploymentEvent, Void } from '../event.ts'
import type { ApprovalRecords, Decided, Recorded } from '../ports/records/verdicts.ts'
import { audit } from './audit.ts'
import { draw, type Records } from './database.ts'
import { append } from './events.ts'
import { placesOf } from './queue.ts'
import { deploymentFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** What becomes of those that somebody has to approve: one word counts, and only before its time is over. */
export function approvalRecords(records: Records): ApprovalRecords {
  return {
    decide: (id, decision, trigger) =>
      records.write(async trx => {
        const now = await records.now(trx)
        const won = await trx
          .updateTable('deployments')
          .set({
            decision: decision.kind,
            decided_by: decision.by,
            decided_at: now,
            decided_trigger: trigger,
          })
          .where('id', '=', id)
          .where('status', '=', 'awaiting')
          .where('decision', 'is', null)
          .where('expires_at', '>', now)
          .returning('id')
          .executeTakeFirst()
        return recorded(trx, now, id, won ? await eventsOf(trx, id, decision) : [])
      }),

    expire: async () => {
      const ids = await records.read(async trx =>
        trx
          .selectFrom('deployments')
          .select('id')
          .where('status', '=', 'awaiting')
          .where('expires_at', '<=', await records.now(trx))
          .orderBy('sequence')
          .execute(),
      )
      const expired: Recorded[] = []
      for (const { id } of ids) {
        const end = await records.write(async trx => giveUp(trx, await records.now(trx), id, 'expired'))
        if (end) expired.push(end)
      }
      return expired
    },

    giveUp: (id, why, fence) =>
      records.write(async trx => giveUp(trx, await records.now(trx), id, why, fence)),
  }
}

/** Approved, it queues behind all that are queued by now, however long ago it was asked for. */
async function eventsOf(
  trx: Transaction<Schema>,
  id: string,
  decision: Decided,
): Promise<readonly DeploymentEvent[]> {
  if (decision.kind === 'rejected') return [{ kind: 'rejected', by: decision.by }, over('rejected')]
  const sequence = await draw(trx, 'sequence')
  const row = await trx
    .updateTable('deployments')
    .set({ status: 'queued', sequence })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  const places = placesOf(deploymentFrom(row).order).map(key => ({ deployment_id: id, sequence, key }))
  await trx.insertInto('places').values(places).execute()
  return [decision]
}

/** Nobody's word but ours, so it is audited here. */
async function giveUp(
  trx: Transaction<Schema>,
  now: number,
  id: string,
  why: Void | 'expired',
  fence?: number,
): Promise<Recorded | undefined> {
  // Written, not only read: whoever decides at the same moment waits for this transaction.
  const ending = trx.updateTable('deployments').set({ ended_at: now }).where('id', '=', id)
  const mayEnd =
    fence === undefined
      ? ending.where('status', '=', 'awaiting')
      : ending.where('status', '=', 'running').where('fence', '=', fence)
  const row = await mayEnd.returning(['service', 'environment', 'order_hash']).executeTakeFirst()
  if (row === undefined) return undefined
  await audit(trx, now, {
    actor: 'touchdown',
    action: 'give-up',
    target: `${row.service}.${row.environment}`,
    decision: why === 'expired' ? why : why.kind,
    detail: `${id} order ${row.order_hash}${why === 'expired' ? '' : ` ${JSON.stringify(why)}`}`,
  })
  return recorded(trx, now, id, why === 'expired' ? [over(why)] : [{ kind: 'void', why }, over('void')])
}

/** What was recorded of it, and how it is then. */
export async function recorded(
  trx: Transaction<Schema>,
  now: number,
  id: string,
  events: readonly DeploymentEvent[],
): Promise<Recorded | undefined> {
  for (const event of events) await append(trx, now, id, event)
  const row = await trx.selectFrom('deployments').selectAll().where('id', '=', id).executeTakeFirst()
  return row && { deployment: deploymentFrom(row), events }
}

function over(ending: 'rejected' | 'expired' | 'void'): DeploymentEvent {
  return { kind: 'ended', ending, durationMs: 0 }
}
