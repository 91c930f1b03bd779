import type { MessageStore } from '../ports.ts'
import type { Records } from './database.ts'
import type { OnlyBot } from './instance.ts'
import { deploymentFrom, toldFrom } from './rows.ts'

/** How far Slack shows each deployment. */
export function messageRecords(records: Records, bot: OnlyBot): MessageStore {
  return {
    told: deployment =>
      records.read(async trx => {
        const row = await trx
          .selectFrom('told')
          .selectAll()
          .where('deployment_id', '=', deployment)
          .executeTakeFirst()
        return row && toldFrom(row)
      }),

    save: told =>
      records.write(async trx => {
        await bot.check(trx)
        const row = {
          channel: told.channel ?? null,
          parent: told.parent ?? null,
          lines: told.lines,
          final: told.final ? 1 : 0,
          reposted: told.reposted ? 1 : 0,
          barred_json: JSON.stringify(told.barred),
          done: told.done ? 1 : 0,
        }
        await trx
          .insertInto('told')
          .values({ deployment_id: told.deployment, ...row })
          .onConflict(conflict => conflict.column('deployment_id').doUpdateSet(row))
          .execute()
      }),

    untold: since =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('deployments')
          .selectAll()
          .where(eb =>
            eb.or([eb('status', 'in', ['awaiting', 'queued', 'running']), eb('ended_at', '>=', since)]),
          )
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('told')
                  .select('told.done')
                  .whereRef('told.deployment_id', '=', 'deployments.id')
                  .where('told.done', '=', 1),
              ),
            ),
          )
          .orderBy(eb => eb.fn.coalesce('ended_at', 'created_at'))
          .orderBy('sequence')
          .execute()
        return rows.map(deploymentFrom)
      }),
  }
}
