import type { ExpressionBuilder } from 'kysely'
import type { Order } from '../order.ts'
import type { QueueRecords } from '../ports/records/queue.ts'
import type { Records } from './database.ts'
import { deploymentFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** First come, first served: who may start, and who waits for whom. */
export function queueRecords(records: Records): QueueRecords {
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

    unfinished: () =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('deployments')
          .selectAll()
          .where('status', 'in', ['queued', 'running', 'stalled'])
          .orderBy('sequence')
          .execute()
        return rows.map(deploymentFrom)
      }),
  }
}

/** The start rule, as part of a query on deployments. */
export function isItsTurn(eb: ExpressionBuilder<Schema, 'deployments'>) {
  const earlier = eb
    .selectFrom('places as mine')
    .innerJoin('places as earlier', 'earlier.key', 'mine.key')
    .select('earlier.key')
    .whereRef('mine.deployment_id', '=', 'deployments.id')
    .whereRef('earlier.sequence', '<', 'mine.sequence')
  return eb.not(eb.exists(earlier))
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
