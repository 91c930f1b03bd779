import type { ExpressionBuilder, Transaction } from 'kysely'
import type { Deployment, TargetId } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'
import type { Clock, Store } from '../ports.ts'
import type { Records } from './database.ts'
import { append } from './events.ts'
import { deploymentFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** Who stopped what, each once. */
export function cancelRecords(records: Records, clock: Clock): Pick<Store, 'cancel'> {
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
        const events = isFirst ? await stop(trx, clock.now(), which, by, trigger) : []
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
  trigger: string,
): Promise<readonly DeploymentEvent[]> {
  const chosen = await trx
    .updateTable('deployments')
    // Whoever asked first is the one who stopped it.
    .set(eb => ({ cancelled_by: eb.fn.coalesce('cancelled_by', eb.val(by)) }))
    .where('status', 'in', STOPPABLE)
    .where('id', '=', eb => (typeof which === 'string' ? eb.val(which) : nextOf(eb, which)))
    .returning(['id', 'status'])
    .executeTakeFirst()
  if (chosen === undefined) return []
  await trx
    .updateTable('cancels')
    .set({ deployment_id: chosen.id })
    .where('trigger_id', '=', trigger)
    .execute()
  const asked: DeploymentEvent = { kind: 'cancel-asked', by }
  const over: DeploymentEvent = { kind: 'ended', ending: 'cancelled', durationMs: 0 }
  const events = chosen.status === 'running' ? [asked] : [asked, over]
  for (const event of events) await append(trx, now, chosen.id, event)
  return events
}

const STOPPABLE = ['awaiting', 'queued', 'running']

/** The target's oldest unfinished deployment that nobody has stopped, one that changes hosts first; else its oldest. */
function nextOf(eb: ExpressionBuilder<Schema, 'deployments'>, target: TargetId) {
  return eb
    .selectFrom('deployments')
    .select('id')
    .where('service', '=', target.service)
    .where('environment', '=', target.environment)
    .where('status', 'in', STOPPABLE)
    .orderBy(eb => eb.case().when('cancelled_by', 'is', null).then(0).else(1).end())
    .orderBy(eb => eb.case().when('status', '=', 'awaiting').then(1).else(0).end())
    .orderBy('sequence')
    .limit(1)
}
