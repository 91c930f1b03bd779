import type { Transaction } from 'kysely'
import type { DeploymentEvent } from '../event.ts'
import type { HostResult } from '../host-result.ts'
import type { EventRecords } from '../ports/records/events.ts'
import { OutcomeUnknown } from '../ports/store.ts'
import type { Records } from './database.ts'
import { eventFrom, resultFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** What happened, and what follows from it: a host's result, a deployment's end. */
export function eventRecords(records: Records): EventRecords {
  /** The numbers of those that may be recorded, and were not answered about. */
  const doubted = new WeakMap<DeploymentEvent, number>()

  return {
    async append(id, event, fence) {
      const before = doubted.get(event)
      let n: number | undefined
      try {
        return await records.write(async trx => {
          if (before !== undefined && (await isThere(trx, id, before, event))) return true
          n = await append(trx, await records.now(trx), id, event, fence)
          return n !== undefined
        })
      } catch (error) {
        if (error instanceof OutcomeUnknown && n !== undefined) doubted.set(event, n)
        throw error
      }
    },

    events: id =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('events')
          .selectAll()
          .where('deployment_id', '=', id)
          .orderBy('n')
          .execute()
        return rows.map(row => ({ at: row.at, event: eventFrom(row.event_json, id) }))
      }),

    hostResults: id =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('deployment_hosts')
          .selectAll()
          .where('deployment_id', '=', id)
          .execute()
        const results = new Map<string, { result: HostResult; durationMs: number }>()
        for (const { host, result_json, duration_ms } of rows) {
          if (result_json === null) continue
          results.set(host, { result: resultFrom(result_json, id), durationMs: duration_ms ?? 0 })
        }
        return results
      }),
  }
}

async function isThere(
  trx: Transaction<Schema>,
  id: string,
  n: number,
  event: DeploymentEvent,
): Promise<boolean> {
  // Whoever still writes it has this row locked: nothing is seen before that one has ended.
  const lock = trx.updateTable('deployments').set(eb => ({ events: eb.ref('events') }))
  await lock.where('id', '=', id).execute()
  const row = await trx
    .selectFrom('events')
    .select('event_json')
    .where('deployment_id', '=', id)
    .where('n', '=', n)
    .executeTakeFirst()
  return row?.event_json === JSON.stringify(event)
}

/** `Store.append`, inside a transaction that has more to write: the event's number. Undefined: nothing was written. */
export async function append(
  trx: Transaction<Schema>,
  now: number,
  id: string,
  event: DeploymentEvent,
  fence?: number,
): Promise<number | undefined> {
  // Counting in the deployment's row keeps two writers from taking the same number, and a stale run from writing at all.
  let counting = trx
    .updateTable('deployments')
    .set(eb => ({ events: eb('events', '+', 1) }))
    .where('id', '=', id)
  if (fence !== undefined) counting = counting.where('fence', '=', fence).where('status', '=', 'running')
  // A place in the queue is looked up first and told later: by then the deployment may have left it.
  if (event.kind === 'queued') counting = counting.where('status', '=', 'queued')
  // Not its claim: what somebody had to approve is looked at once more after that, and may be given up.
  if (event.kind === 'started' || event.kind === 'resumed')
    counting = counting.set(eb => ({ started_at: eb.fn.coalesce('started_at', eb.val(now)) }))
  if (event.kind === 'stalled') {
    counting = counting
      .set({ status: 'stalled', lease_until: null, stalled_until: now + event.forMs })
      .where('status', '=', 'running')
  }
  if (event.kind === 'ended') {
    counting = counting
      .set({ status: event.ending, ended_at: now, lease_until: null, offers: event.offers?.length ? 1 : 0 })
      .where('status', 'in', ['awaiting', 'queued', 'running', 'stalled'])
  }
  if (event.kind === 'withdrawn') {
    counting = event.isForNow
      ? counting.set({ offers: 2 }).where('offers', '=', 1)
      : counting.set({ offers: 0 }).where('offers', '=', 1)
  }
  if (event.kind === 'offered') counting = counting.set({ offers: 1 }).where('offers', '=', 2)
  const counted = await counting.returning(['events', 'cancelled_by']).executeTakeFirst()
  if (counted === undefined) return undefined
  const row = { deployment_id: id, n: counted.events, at: now, event_json: JSON.stringify(event) }
  await trx.insertInto('events').values(row).execute()
  if (event.kind === 'ended') await trx.deleteFrom('places').where('deployment_id', '=', id).execute()
  if (event.kind === 'host-ended') await hostEnded(trx, id, event)
  // Of one that somebody has stopped meanwhile nobody is asked what becomes of it.
  if (event.kind === 'stalled' && counted.cancelled_by !== null)
    await append(trx, now, id, { kind: 'ended', ending: 'interrupted', durationMs: 0 })
  return counted.events
}

async function hostEnded(
  trx: Transaction<Schema>,
  id: string,
  { host, result, durationMs }: DeploymentEvent & { readonly kind: 'host-ended' },
): Promise<void> {
  const ended = {
    status: result.status,
    result_json: JSON.stringify(result),
    duration_ms: Math.round(durationMs),
    digest: result.status === 'succeeded' ? (result.digest ?? null) : null,
  }
  await trx
    .insertInto('deployment_hosts')
    .values({ deployment_id: id, host, ...ended })
    .onConflict(conflict => conflict.columns(['deployment_id', 'host']).doUpdateSet(ended))
    .execute()
}
