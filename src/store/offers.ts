import type { ExpressionBuilder, Transaction } from 'kysely'
import type { DeploymentEvent } from '../event.ts'
import type { OfferRecords, Recorded } from '../ports/records/verdicts.ts'
import type { Records } from './database.ts'
import { append } from './events.ts'
import { deploymentFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** Until when the ends of deployments offer what may be done next. */
export function offerRecords(records: Records): OfferRecords {
  return {
    withdraw: async () => {
      const over = await records.read(async trx => {
        const now = await records.now(trx)
        return trx
          .selectFrom('deployments')
          .select('id')
          .where('offers', '=', 1)
          .where(eb => eb.or([hasLater(eb), isLocked(eb, now)]))
          .orderBy('sequence')
          .execute()
      })
      const withdrawn: Recorded[] = []
      for (const { id } of over) {
        const told = await records.write(async trx => withdraw(trx, await records.now(trx), id))
        if (told) withdrawn.push(told)
      }
      return withdrawn
    },
  }
}

async function withdraw(trx: Transaction<Schema>, now: number, id: string): Promise<Recorded | undefined> {
  const event: DeploymentEvent = { kind: 'withdrawn' }
  if ((await append(trx, now, id, event)) === undefined) return undefined
  const row = await trx.selectFrom('deployments').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  return { deployment: deploymentFrom(row), events: [event] }
}

type Deployments = ExpressionBuilder<Schema, 'deployments'>

function hasLater(eb: Deployments) {
  return eb.exists(
    eb
      .selectFrom('deployments as later')
      .select('later.id')
      .whereRef('later.service', '=', 'deployments.service')
      .whereRef('later.environment', '=', 'deployments.environment')
      .whereRef('later.sequence', '>', 'deployments.sequence')
      .where(eb =>
        eb.or([
          eb('later.started_at', 'is not', null),
          eb.and([eb('later.is_rollback', '=', 1), eb('later.status', '=', 'awaiting')]),
        ]),
      ),
  )
}

/** Only the end of a rollback that went well offers a lock, and nothing else. */
function isLocked(eb: Deployments, now: number) {
  const held = eb
    .selectFrom('holds')
    .select('holds.n')
    .whereRef('holds.service', '=', 'deployments.service')
    .whereRef('holds.environment', '=', 'deployments.environment')
    .where('holds.ended_at', 'is', null)
    .where(eb => eb.or([eb('holds.held_until', 'is', null), eb('holds.held_until', '>', now)]))
  return eb.and([
    eb('deployments.is_rollback', '=', 1),
    eb('deployments.status', '=', 'succeeded'),
    eb.exists(held),
  ])
}
