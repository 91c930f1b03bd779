import type { HostResult } from '../host-result.ts'
import type { HistoryRecords } from '../ports/records/history.ts'
import { cancelledBy } from './cancels.ts'
import type { Records } from './database.ts'
import { madeBy, ofTarget } from './deployments.ts'
import { deploymentFrom, resultFrom } from './rows.ts'

/** What was ordered, by whom, and what became of it. */
export function historyRecords(records: Records): HistoryRecords {
  return {
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
        const row = await ofTarget(trx, target)
          .where('status', '=', status)
          .orderBy('sequence', 'desc')
          .limit(1)
          .executeTakeFirst()
        return row && deploymentFrom(row)
      }),

    attempts: (target, limit) =>
      records.read(async trx => {
        const rows = await ofTarget(trx, target).orderBy('sequence', 'desc').limit(limit).execute()
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
