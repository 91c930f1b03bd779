import type { Kysely, Transaction } from 'kysely'
import { LEASE_MS } from '../ports/store.ts'
import type { Schema } from './schema.ts'

/** What one process has at a time, and for how long without news of it. */
export interface LeaseTable {
  name: string
  /** Empty: nobody yet. */
  owner: string
  held_until: number
}

// biome-ignore lint/suspicious/noExplicitAny: Kysely's own type; a migration must not depend on today's Schema.
export async function createLeases(database: Kysely<any>): Promise<void> {
  await database.schema
    .createTable('leases')
    .addColumn('name', 'text', column => column.primaryKey())
    .addColumn('owner', 'text', column => column.notNull())
    .addColumn('held_until', 'bigint', column => column.notNull())
    .execute()
  await database.insertInto('leases').values({ name: PUBLISHER, owner: '', held_until: 0 }).execute()
}

/** Held by the process that tells Slack. */
export const PUBLISHER = 'publisher'

export type LeaseRow = Pick<LeaseTable, 'owner' | 'held_until'>

/** Undefined: it is this owner's now. `lapsed`: it may be taken as long as it is like that. */
export async function take(
  trx: Transaction<Schema>,
  now: number,
  { name, owner }: Pick<LeaseTable, 'name' | 'owner'>,
  lapsed?: LeaseRow,
): Promise<LeaseRow | undefined> {
  const won = await trx
    .updateTable('leases')
    .set({ owner, held_until: now + LEASE_MS })
    .where('name', '=', name)
    .where(eb => {
      // One that was taken without an answer is this owner's already.
      const mayBeTaken = [eb('held_until', '<', now), eb('owner', '=', owner)]
      return eb.or(lapsed ? [...mayBeTaken, eb.and(lapsed)] : mayBeTaken)
    })
    .returning('name')
    .executeTakeFirst()
  if (won) return undefined
  return trx
    .selectFrom('leases')
    .select(['owner', 'held_until'])
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
}

/** False: another process has taken it. */
export async function setHeld(
  trx: Transaction<Schema>,
  { name, owner }: Pick<LeaseTable, 'name' | 'owner'>,
  heldUntil: number,
): Promise<boolean> {
  const ours = await trx
    .updateTable('leases')
    .set({ held_until: heldUntil })
    .where('name', '=', name)
    .where('owner', '=', owner)
    .returning('name')
    .executeTakeFirst()
  return ours !== undefined
}
