import type { ExpressionBuilder, Transaction } from 'kysely'
import type { Order, TargetId } from '../deployment.ts'
import type { Clock, Store } from '../ports.ts'
import { draw, type Records } from './database.ts'
import { deploymentFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** For how long a claim holds without news of its owner. */
export const LEASE_MS = 15_000

/** First come, first served: who may start, who runs it, who takes it over, who stops it. */
export function queueRecords(
  records: Records,
  clock: Clock,
): Pick<Store, 'startable' | 'ahead' | 'claim' | 'renew' | 'orphans' | 'resume' | 'unfinished' | 'cancel'> {
  return {
    startable: () =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('deployments')
          .selectAll()
          .where('status', '=', 'queued')
          .where(isItsTurn)
          .orderBy('sequence')
          .execute()
        return rows.map(deploymentFrom)
      }),

    ahead: id =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('deployments')
          .selectAll()
          .where('id', 'in', eb =>
            eb
              .selectFrom('places as mine')
              .innerJoin('places as earlier', 'earlier.key', 'mine.key')
              .select('earlier.deployment_id')
              .where('mine.deployment_id', '=', id)
              .whereRef('earlier.sequence', '<', 'mine.sequence'),
          )
          .orderBy('sequence')
          .execute()
        return rows.map(deploymentFrom)
      }),

    claim: (id, owner) =>
      records.write(async trx => {
        const now = clock.now()
        const won = await trx
          .updateTable('deployments')
          .set({ status: 'running', started_at: now, owner, lease_until: now + LEASE_MS })
          .where('id', '=', id)
          .where('status', '=', 'queued')
          .where(isItsTurn)
          .returning('id')
          .executeTakeFirst()
        return won && fenced(trx, id)
      }),

    resume: (id, owner) =>
      records.write(async trx => {
        const now = clock.now()
        const won = await trx
          .updateTable('deployments')
          .set(eb => ({ resumes: eb('resumes', '+', 1), owner, lease_until: now + LEASE_MS }))
          .where('id', '=', id)
          .where('status', '=', 'running')
          .where(eb => isLeft(eb, owner, now))
          .returning('id')
          .executeTakeFirst()
        return won && fenced(trx, id)
      }),

    renew: owner =>
      records.write(async trx => {
        await trx
          .updateTable('deployments')
          .set({ lease_until: clock.now() + LEASE_MS })
          .where('owner', '=', owner)
          .where('status', '=', 'running')
          .execute()
      }),

    orphans: owner =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('deployments')
          .selectAll()
          .where('status', '=', 'running')
          .where('owner', '<>', owner)
          .where(eb => isLeft(eb, owner, clock.now()))
          .orderBy('sequence')
          .execute()
        return rows.map(deploymentFrom)
      }),

    unfinished: () =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('deployments')
          .selectAll()
          .where('status', 'in', ['queued', 'running'])
          .orderBy('sequence')
          .execute()
        return rows.map(deploymentFrom)
      }),

    cancel: (which, by) =>
      records.write(async trx => {
        const row = await trx
          .updateTable('deployments')
          .set(eb => ({
            // Whoever asked first is the one who stopped it.
            cancelled_by: eb.fn.coalesce('cancelled_by', eb.val(by)),
            ended_at: eb
              .case()
              .when('status', '=', 'queued')
              .then(clock.now())
              .else(eb.ref('ended_at'))
              .end(),
            status: eb.case().when('status', '=', 'queued').then('cancelled').else(eb.ref('status')).end(),
          }))
          .where('status', 'in', ['queued', 'running'])
          .where('id', '=', eb => (typeof which === 'string' ? eb.val(which) : oldestOf(eb, which)))
          .returningAll()
          .executeTakeFirst()
        if (row === undefined) return undefined
        if (row.status === 'cancelled') {
          await trx.deleteFrom('places').where('deployment_id', '=', row.id).execute()
        }
        return deploymentFrom(row)
      }),
  }
}

/**
 * What a deployment must have to itself. A host counts by its name and by its address, so that neither two names of one
 * machine nor a name that moved between two orders lets two deployments in at once.
 */
export function placesOf(order: Order): readonly string[] {
  const keys = [`target ${order.target.service} ${order.target.environment}`]
  for (const { name, address, port } of order.hosts) {
    keys.push(`host ${name}`, `address ${address.toLowerCase()} ${port}`)
  }
  return [...new Set(keys)]
}

/** The target's oldest unfinished deployment. */
function oldestOf(eb: ExpressionBuilder<Schema, 'deployments'>, target: TargetId) {
  return eb
    .selectFrom('deployments')
    .select('id')
    .where('service', '=', target.service)
    .where('environment', '=', target.environment)
    .where('status', 'in', ['queued', 'running'])
    .orderBy('sequence')
    .limit(1)
}

/**
 * Nobody runs it any more: its lease is over. A bot that asks is the only one, so what another bot claimed is left, too;
 * a terminal cannot know that.
 */
function isLeft(eb: ExpressionBuilder<Schema, 'deployments'>, asker: string, now: number) {
  const isOver = eb('lease_until', '<', now)
  if (!asker.startsWith('bot:')) return isOver
  return eb.or([isOver, eb.and([eb('owner', 'like', 'bot:%'), eb('owner', '<>', asker)])])
}

/** The start rule, as part of a query on deployments. */
function isItsTurn(eb: ExpressionBuilder<Schema, 'deployments'>) {
  const earlier = eb
    .selectFrom('places as mine')
    .innerJoin('places as earlier', 'earlier.key', 'mine.key')
    .select('earlier.key')
    .whereRef('mine.deployment_id', '=', 'deployments.id')
    .whereRef('earlier.sequence', '<', 'mine.sequence')
  return eb.not(eb.exists(earlier))
}

/** A number that no host has seen: whoever held the deployment before is turned away there. */
async function fenced(trx: Transaction<Schema>, id: string) {
  const fence = await draw(trx, 'fence')
  const row = await trx
    .updateTable('deployments')
    .set({ fence })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return { deployment: deploymentFrom(row), fence }
}
