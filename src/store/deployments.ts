import type { Transaction } from 'kysely'
import type { Deployment, HostResult } from '../deployment.ts'
import type { Clock, NewDeployment, Store } from '../ports.ts'
import { draw, type Records } from './database.ts'
import { placesOf } from './queue.ts'
import { deploymentFrom, eventFrom, resultFrom } from './rows.ts'
import type { DeploymentTable, Schema } from './schema.ts'

/** What was ordered, what happened, how it ended. */
export function deploymentRecords(
  records: Records,
  clock: Clock,
): Pick<
  Store,
  | 'create'
  | 'find'
  | 'append'
  | 'events'
  | 'hostEnded'
  | 'hostResults'
  | 'end'
  | 'history'
  | 'latest'
  | 'recordedDigest'
> {
  return {
    create: deployment => records.write(trx => create(trx, deployment, clock.now())),

    find: id =>
      records.read(async trx => {
        const row = await trx.selectFrom('deployments').selectAll().where('id', '=', id).executeTakeFirst()
        return row && deploymentFrom(row)
      }),

    append: (id, event) =>
      records.write(async trx => {
        // Counting in the deployment's row keeps two writers from taking the same number.
        const { events } = await trx
          .updateTable('deployments')
          .set(eb => ({ events: eb('events', '+', 1) }))
          .where('id', '=', id)
          .returning('events')
          .executeTakeFirstOrThrow()
        const row = { deployment_id: id, n: events, at: clock.now(), event_json: JSON.stringify(event) }
        await trx.insertInto('events').values(row).execute()
      }),

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

    hostEnded: (id, host, result, durationMs) =>
      records.write(async trx => {
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

    end: (id, ending) =>
      records.write(async trx => {
        const { numUpdatedRows } = await trx
          .updateTable('deployments')
          .set({ status: ending, ended_at: clock.now(), lease_until: null })
          .where('id', '=', id)
          .where('status', 'in', ['queued', 'running'])
          .executeTakeFirstOrThrow()
        if (numUpdatedRows === 1n) await trx.deleteFrom('places').where('deployment_id', '=', id).execute()
      }),

    history: ({ service, limit }) =>
      records.read(async trx => {
        let query = trx.selectFrom('deployments').selectAll().orderBy('sequence', 'desc').limit(limit)
        if (service !== undefined) query = query.where('service', '=', service)
        return (await query.execute()).map(deploymentFrom)
      }),

    latest: (target, status) =>
      records.read(async trx => {
        const row = await trx
          .selectFrom('deployments')
          .selectAll()
          .where('service', '=', target.service)
          .where('environment', '=', target.environment)
          .where('status', '=', status)
          .orderBy('sequence', 'desc')
          .limit(1)
          .executeTakeFirst()
        return row && deploymentFrom(row)
      }),

    recordedDigest: target =>
      records.read(async trx => {
        const row = await trx
          .selectFrom('deployment_hosts')
          .innerJoin('deployments', 'deployments.id', 'deployment_hosts.deployment_id')
          .select('deployment_hosts.digest')
          .where('deployments.service', '=', target.service)
          .where('deployments.environment', '=', target.environment)
          .where('deployment_hosts.digest', 'is not', null)
          .orderBy('deployments.sequence', 'desc')
          .limit(1)
          .executeTakeFirst()
        return row?.digest ?? undefined
      }),
  }
}

async function create(trx: Transaction<Schema>, asked: NewDeployment, now: number): Promise<Deployment> {
  // Drawn before anybody looks: the counter's lock makes two callers with one trigger come one after the other. The
  // second one's number is never used.
  const sequence = await draw(trx, 'sequence')
  const known = await trx
    .selectFrom('deployments')
    .selectAll()
    .where('trigger_id', '=', asked.trigger)
    .executeTakeFirst()
  if (known !== undefined) return deploymentFrom(known)
  const row: DeploymentTable = {
    id: asked.id,
    sequence,
    trigger_id: asked.trigger,
    service: asked.order.target.service,
    environment: asked.order.target.environment,
    order_json: JSON.stringify(asked.order),
    ref: asked.ref,
    changes_json: asked.changes === undefined ? null : JSON.stringify(asked.changes),
    requested_by: asked.requestedBy,
    origin_json: JSON.stringify(asked.origin),
    status: 'queued',
    created_at: now,
    started_at: null,
    ended_at: null,
    cancelled_by: null,
    resumes: 0,
    fence: null,
    owner: null,
    lease_until: null,
    events: 0,
  }
  await trx.insertInto('deployments').values(row).execute()
  const hosts = asked.order.hosts.map(({ name }) => ({
    deployment_id: asked.id,
    host: name,
    status: null,
    result_json: null,
    duration_ms: null,
    digest: null,
  }))
  if (hosts.length > 0) await trx.insertInto('deployment_hosts').values(hosts).execute()
  const places = placesOf(asked.order).map(key => ({ deployment_id: asked.id, sequence, key }))
  await trx.insertInto('places').values(places).execute()
  return deploymentFrom(row)
}
