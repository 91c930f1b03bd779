import type { Transaction } from 'kysely'
import type { MessageStore, Told, Turn } from '../ports/messages.ts'
import type { Records } from './database.ts'
import { deploymentFrom, eventFrom, toldFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** How far Slack shows each deployment. */
export function messageRecords(records: Records): Omit<MessageStore, 'takeTurns'> {
  return {
    told: deployment => records.read(trx => toldOf(trx, deployment)),

    news: (id, known) =>
      records.read(async trx => {
        const row = await trx
          .selectFrom('deployments')
          .selectAll()
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
        const events = await trx
          .selectFrom('events')
          .select('event_json')
          .where('deployment_id', '=', id)
          .where('n', '>', known)
          .orderBy('n')
          .execute()
        return {
          deployment: deploymentFrom(row),
          told: await toldOf(trx, id),
          events: events.map(({ event_json }) => eventFrom(event_json, id)),
        }
      }),

    untold: since =>
      records.read(trx =>
        trx
          .selectFrom('deployments')
          .select(['id', 'events'])
          .where(eb =>
            eb.or([
              eb('status', 'in', ['awaiting', 'queued', 'running', 'stalled']),
              eb('ended_at', '>=', since),
            ]),
          )
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('told')
                  .select('told.done')
                  .whereRef('told.deployment_id', '=', 'deployments.id')
                  .where('told.done', '=', 1)
                  // Something may be recorded after the end was told.
                  .whereRef('told.lines', '>=', 'deployments.events'),
              ),
            ),
          )
          .orderBy(eb => eb.fn.coalesce('ended_at', 'created_at'))
          .orderBy('sequence')
          .execute(),
      ),
  }
}

/** Where one process alone tells, it always may. */
export function onlyTurns(records: Records): MessageStore['takeTurns'] {
  const turn: Turn = {
    mayCall: async () => true,
    save: told => records.write(trx => saveTold(trx, told)),
    over: new Promise(() => {}),
  }
  return (_owner, begin) => {
    begin(turn)
    return { look() {}, async release() {}, async lapse() {} }
  }
}

/** `Turn.save`, inside a transaction that has looked whose turn it is. */
export async function saveTold(trx: Transaction<Schema>, told: Told): Promise<void> {
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
}

async function toldOf(trx: Transaction<Schema>, id: string): Promise<Told | undefined> {
  const row = await trx.selectFrom('told').selectAll().where('deployment_id', '=', id).executeTakeFirst()
  return row && toldFrom(row)
}
