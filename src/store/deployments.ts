import type { Transaction } from 'kysely'
import type { Deployment } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'
import type { HostResult } from '../host-result.ts'
import type { Made, NewDeployment, Store } from '../ports/store.ts'
import type { TargetId } from '../target.ts'
import { cancelledBy } from './cancels.ts'
import { draw, type Records } from './database.ts'
import { append } from './events.ts'
import { placesOf } from './queue.ts'
import { deploymentFrom, resultFrom } from './rows.ts'
import type { DeploymentTable, Schema } from './schema.ts'

/** What was ordered, by whom, and what became of it. */
export function deploymentRecords(
  records: Records,
): Pick<
  Store,
  'create' | 'createAfter' | 'find' | 'doneBy' | 'history' | 'latest' | 'attempts' | 'recordedDigest'
> {
  return {
    create: asked =>
      records.write(async trx => {
        const sequence = await draw(trx, 'sequence')
        const known = await madeBy(trx, asked.trigger)
        return known
          ? { kind: 'known', deployment: known }
          : create(trx, asked, sequence, await records.now(trx))
      }),

    createAfter: (last, asked) =>
      records.write(async trx => {
        const sequence = await draw(trx, 'sequence')
        const known = await madeBy(trx, asked.trigger)
        if (known) return { kind: 'known', deployment: known }
        const newest = await newestOf(trx, asked.order.target)
        if (newest && newest.id !== last) return { kind: 'overtaken', deployment: newest }
        const now = await records.now(trx)
        const same = await awaitingSame(trx, asked, now)
        return same ? { kind: 'asked', deployment: same } : create(trx, asked, sequence, now)
      }),

    find: id =>
      records.read(async trx => {
        const row = await trx.selectFrom('deployments').selectAll().where('id', '=', id).executeTakeFirst()
        return row && deploymentFrom(row)
      }),

    doneBy: trigger =>
      records.read(async trx => {
        const made = await madeBy(trx, trigger)
        if (made) return { kind: 'accepted', deployment: made }
        const decided = await trx
          .selectFrom('deployments')
          .selectAll()
          .where(eb => eb.or([eb('decided_trigger', '=', trigger), eb('answered_trigger', '=', trigger)]))
          .executeTakeFirst()
        if (decided) return { kind: 'decided', deployment: deploymentFrom(decided) }
        const cancelled = await cancelledBy(trx, trigger)
        return cancelled && { kind: 'cancelled', deployment: cancelled }
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

    attempts: (target, limit) =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('deployments')
          .selectAll()
          .where('service', '=', target.service)
          .where('environment', '=', target.environment)
          .orderBy('sequence', 'desc')
          .limit(limit)
          .execute()
        if (rows.length === 0) return []
        const ends = await trx
          .selectFrom('deployment_hosts')
          .select(['deployment_id', 'host', 'result_json'])
          .where(
            'deployment_id',
            'in',
            rows.map(row => row.id),
          )
          .execute()
        return rows.map(row => {
          const results = new Map<string, HostResult>()
          for (const { deployment_id, host, result_json } of ends) {
            if (deployment_id === row.id && result_json !== null)
              results.set(host, resultFrom(result_json, row.id))
          }
          return { deployment: deploymentFrom(row), results }
        })
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

async function madeBy(trx: Transaction<Schema>, trigger: string): Promise<Deployment | undefined> {
  const row = await trx
    .selectFrom('deployments')
    .selectAll()
    .where('trigger_id', '=', trigger)
    .executeTakeFirst()
  return row && deploymentFrom(row)
}

/** Of those that wait for their turn or have ever begun. */
async function newestOf(
  trx: Transaction<Schema>,
  { service, environment }: TargetId,
): Promise<Deployment | undefined> {
  const row = await trx
    .selectFrom('deployments')
    .selectAll()
    .where('service', '=', service)
    .where('environment', '=', environment)
    .where(eb => eb.or([eb('status', '=', 'queued'), eb('started_at', 'is not', null)]))
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && deploymentFrom(row)
}

/** One of the same order that somebody else may still approve. */
async function awaitingSame(
  trx: Transaction<Schema>,
  { order, approval, isRollback }: NewDeployment,
  now: number,
): Promise<Deployment | undefined> {
  if (!approval) return undefined
  const row = await trx
    .selectFrom('deployments')
    .selectAll()
    .where('service', '=', order.target.service)
    .where('environment', '=', order.target.environment)
    .where('status', '=', 'awaiting')
    .where('is_rollback', '=', isRollback ? 1 : 0)
    .where('order_hash', '=', approval.hash)
    .where('expires_at', '>', now)
    .orderBy('sequence')
    .limit(1)
    .executeTakeFirst()
  return row && deploymentFrom(row)
}

/**
 * `sequence` was drawn before anybody looked: the counter's lock makes two callers come one after the other. The number of the
 * one that makes nothing is never used.
 */
async function create(
  trx: Transaction<Schema>,
  asked: NewDeployment,
  sequence: number,
  now: number,
): Promise<Made> {
  const row: DeploymentTable = {
    id: asked.id,
    sequence,
    trigger_id: asked.trigger,
    service: asked.order.target.service,
    environment: asked.order.target.environment,
    order_json: JSON.stringify(asked.order),
    ref: asked.ref,
    changes_json: asked.changes === undefined ? null : JSON.stringify(asked.changes),
    is_rollback: asked.isRollback ? 1 : 0,
    requested_by: asked.requestedBy,
    origin_json: JSON.stringify(asked.origin),
    status: asked.approval === undefined ? 'queued' : 'awaiting',
    created_at: now,
    started_at: null,
    ended_at: null,
    cancelled_by: null,
    resumes: 0,
    fence: null,
    first_fence: null,
    owner: null,
    lease_until: null,
    offers: 0,
    events: 0,
    order_hash: asked.approval?.hash ?? null,
    expires_at: asked.approval === undefined ? null : now + asked.approval.expiresInMs,
    decision: null,
    decided_by: null,
    decided_at: null,
    decided_trigger: null,
    stalled_until: null,
    answered_trigger: null,
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
  if (asked.approval) {
    // Recorded with it: whoever has to approve it is told, whatever becomes of us.
    await append(trx, now, asked.id, approvalAsked(asked.approval, now))
  } else {
    const places = placesOf(asked.order).map(key => ({ deployment_id: asked.id, sequence, key }))
    await trx.insertInto('places').values(places).execute()
  }
  return { kind: 'made', deployment: deploymentFrom(row) }
}

function approvalAsked(
  { approvers, rehearsals, expiresInMs }: NonNullable<NewDeployment['approval']>,
  now: number,
): DeploymentEvent {
  return { kind: 'approval-asked', approvers, expiresAt: now + expiresInMs, rehearsals }
}
