import type { Transaction } from 'kysely'
import type { Deployment } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'
import type { CreationRecords, Made, NewDeployment } from '../ports/records/creation.ts'
import type { TargetId } from '../target.ts'
import { draw, type Records } from './database.ts'
import { madeBy, ofTarget } from './deployments.ts'
import { append } from './events.ts'
import { placesOf } from './queue.ts'
import { deploymentFrom } from './rows.ts'
import type { DeploymentTable, Schema } from './schema.ts'

/** What is ordered becomes a deployment, each once. */
export function creationRecords(records: Records): CreationRecords {
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
  }
}

/** Of those that wait for their turn, are looked at for the last time or have ever begun. */
async function newestOf(trx: Transaction<Schema>, target: TargetId): Promise<Deployment | undefined> {
  const row = await ofTarget(trx, target)
    .where(eb => eb.or([eb('status', 'in', ['queued', 'running']), eb('started_at', 'is not', null)]))
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
  const row = await ofTarget(trx, order.target)
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
