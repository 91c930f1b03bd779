import type { Transaction } from 'kysely'
import type { Deployment } from '../deployment.ts'
import type { TargetId } from '../target.ts'
import { deploymentFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** All deployments of the target, as a query to be narrowed. */
export function ofTarget(trx: Transaction<Schema>, { service, environment }: TargetId) {
  return trx
    .selectFrom('deployments')
    .selectAll()
    .where('service', '=', service)
    .where('environment', '=', environment)
}

/** The deployment that the command with this trigger has made. */
export async function madeBy(trx: Transaction<Schema>, trigger: string): Promise<Deployment | undefined> {
  const row = await trx
    .selectFrom('deployments')
    .selectAll()
    .where('trigger_id', '=', trigger)
    .executeTakeFirst()
  return row && deploymentFrom(row)
}
