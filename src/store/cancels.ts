import type { Transaction } from 'kysely'
import type { Deployment } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'
import type { CancelRecords } from '../ports/records/verdicts.ts'
import type { TargetId } from '../target.ts'
import { draw, type Records } from './database.ts'
import { append } from './events.ts'
import { deploymentFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** Who stopped what, each once. */
export function cancelRecords(records: Records): CancelRecords {
  return {
    cancel: (which, by, trigger) =>
      records.write(async trx => {
        // Written before anybody looks: of two calls with one trigger the second waits for the first and finds its row.
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto('cancels')
          .values({ trigger_id: trigger, deployment_id: null })
          .onConflict(conflict => conflict.column('trigger_id').doNothing())
          .executeTakeFirstOrThrow()
        const isFirst = numInsertedOrUpdatedRows === 1n
        const events = isFirst ? await stop(trx, await records.now(trx), which, by, trigger) : []
        const deployment = await cancelledBy(trx, trigger)
        return deployment && { deployment, events }
      }),
  }
}

/** The deployment that the cancel with this trigger chose. */
export async function cancelledBy(
  trx: Transaction<Schema>,
  trigger: string,
): Promise<Deployment | undefined> {
  const row = await trx
    .selectFrom('deployments')
    .innerJoin('cancels', 'cancels.deployment_id', 'deployments.id')
    .selectAll('deployments')
    .where('cancels.trigger_id', '=', trigger)
    .executeTakeFirst()
  return row && deploymentFrom(row)
}

/** Chooses and marks it; what it recorded of it. */
async function stop(
  trx: Transaction<Schema>,
  now: number,
  which: string | TargetId,
  by: string,
  trigger?: string,
): Promise<readonly DeploymentEvent[]> {
  // Drawn before anybody looks: of two who stop a target's next one at once, the second finds what the first has stopped.
  await draw(trx, 'cancel')
  const chosen = typeof which === 'string' ? await mark(trx, which, by) : await markNext(trx, which, by)
  if (chosen === undefined) return []
  if (trigger !== undefined) {
    const its = trx.updateTable('cancels').where('trigger_id', '=', trigger)
    await its.set({ deployment_id: chosen.id }).execute()
  }
  const asked: DeploymentEvent = { kind: 'cancel-asked', by }
  // Of one that had begun and stalled nobody knows that nothing was changed.
  const ending = chosen.started_at === null ? 'cancelled' : 'interrupted'
  const over: DeploymentEvent = { kind: 'ended', ending, durationMs: 0 }
  const events = chosen.status === 'running' ? [asked] : [asked, over]
  for (const event of events) await append(trx, now, chosen.id, event)
  return events
}

/** Stops all that has not begun or has stalled, and gives it. */
export async function stopWaiting(
  trx: Transaction<Schema>,
  now: number,
  by: string,
): Promise<readonly Deployment[]> {
  const rows = await trx
    .selectFrom('deployments')
    .selectAll()
    .where('status', 'in', ['awaiting', 'queued', 'stalled'])
    .orderBy('sequence')
    .execute()
  const stopped: Deployment[] = []
  for (const row of rows) {
    const events = await stop(trx, now, row.id, by)
    if (events.length > 0) stopped.push(deploymentFrom(row))
  }
  return stopped
}

/** One that ends between the look and the mark is over; then the next one is. */
async function markNext(trx: Transaction<Schema>, target: TargetId, by: string): Promise<Marked | undefined> {
  for (;;) {
    const id = await nextOf(trx, target)
    if (id === undefined) return undefined
    const marked = await mark(trx, id, by)
    if (marked) return marked
  }
}

interface Marked {
  readonly id: string
  /** As it was found. */
  readonly status: string
  readonly started_at: number | null
}

function mark(trx: Transaction<Schema>, id: string, by: string): Promise<Marked | undefined> {
  return (
    trx
      .updateTable('deployments')
      // Whoever asked first is the one who stopped it.
      .set(eb => ({ cancelled_by: eb.fn.coalesce('cancelled_by', eb.val(by)) }))
      .where('status', 'in', STOPPABLE)
      .where('id', '=', id)
      .returning(['id', 'status', 'started_at'])
      .executeTakeFirst()
  )
}

const STOPPABLE = ['awaiting', 'queued', 'running', 'stalled']

/** The target's oldest unfinished deployment that nobody has stopped, one that changes hosts first; else its oldest. */
async function nextOf(trx: Transaction<Schema>, target: TargetId): Promise<string | undefined> {
  const row = await trx
    .selectFrom('deployments')
    .select('id')
    .where('service', '=', target.service)
    .where('environment', '=', target.environment)
    .where('status', 'in', STOPPABLE)
    .orderBy(eb => eb.case().when('cancelled_by', 'is', null).then(0).else(1).end())
    .orderBy(eb => eb.case().when('status', '=', 'awaiting').then(1).else(0).end())
    .orderBy('sequence')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}
