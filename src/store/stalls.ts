import type { Transaction } from 'kysely'
import type { Answered, DeploymentEvent } from '../event.ts'
import type { StallRecords } from '../ports/records/verdicts.ts'
import { recorded } from './approvals.ts'
import { audit } from './audit.ts'
import type { Records } from './database.ts'
import { deploymentFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** What becomes of those whose swaps were interrupted: one word counts, and only before their time is over. */
export function stallRecords(records: Records): StallRecords {
  return {
    answer: (id, answer, trigger, offers) =>
      records.write(async trx => {
        const now = await records.now(trx)
        if (!(await settle(trx, now, id, answer, trigger))) return recorded(trx, now, id, [])
        if (answer.by === undefined) await auditNobody(trx, now, id)
        const ended: DeploymentEvent = {
          kind: 'ended',
          ending: 'interrupted',
          durationMs: 0,
          ...(offers.length > 0 ? { offers } : {}),
        }
        return recorded(trx, now, id, answer.answer === 'leave' ? [answer, ended] : [answer])
      }),

    overdue: () =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('deployments')
          .selectAll()
          .where('status', '=', 'stalled')
          .where('stalled_until', '<=', await records.now(trx))
          .orderBy('sequence')
          .execute()
        return rows.map(deploymentFrom)
      }),
  }
}

/** Written, not only read: whoever answers at the same moment waits for this transaction. */
async function settle(
  trx: Transaction<Schema>,
  now: number,
  id: string,
  { answer, by }: Answered,
  trigger: string | undefined,
): Promise<boolean> {
  const won = await trx
    .updateTable('deployments')
    .set({ stalled_until: null, answered_trigger: trigger ?? null })
    .$if(answer === 'resume', query => query.set({ status: 'queued' }))
    .where('id', '=', id)
    .where('status', '=', 'stalled')
    .where('stalled_until', by === undefined ? '<=' : '>', now)
    .returning('id')
    .executeTakeFirst()
  return won !== undefined
}

async function auditNobody(trx: Transaction<Schema>, now: number, id: string): Promise<void> {
  const { service, environment } = await trx
    .selectFrom('deployments')
    .select(['service', 'environment'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const target = `${service}.${environment}`
  await audit(trx, now, { actor: 'touchdown', action: 'leave', target, decision: 'expired', detail: id })
}
