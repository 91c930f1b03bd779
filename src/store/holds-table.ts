import type { Kysely } from 'kysely'

/** One row for each time that a hold was set: the one that was not ended, and whose time is not over, is in force. */
export interface HoldTable {
  n: number
  service: string
  environment: string
  holder: string
  reason: string
  held_since: number
  held_until: number | null
  /** Of the command that set it, and of the one that ended it: neither counts twice. */
  trigger_id: string
  ended_at: number | null
  ended_by: string | null
  end_trigger_id: string | null
}

// biome-ignore lint/suspicious/noExplicitAny: Kysely's own type; a migration must not depend on today's Schema.
export async function createHolds(database: Kysely<any>): Promise<void> {
  await database.schema
    .createTable('holds')
    .addColumn('n', 'bigint', column => column.primaryKey())
    .addColumn('service', 'text', column => column.notNull())
    .addColumn('environment', 'text', column => column.notNull())
    .addColumn('holder', 'text', column => column.notNull())
    .addColumn('reason', 'text', column => column.notNull())
    .addColumn('held_since', 'bigint', column => column.notNull())
    .addColumn('held_until', 'bigint')
    .addColumn('trigger_id', 'text', column => column.notNull().unique())
    .addColumn('ended_at', 'bigint')
    .addColumn('ended_by', 'text')
    .addColumn('end_trigger_id', 'text', column => column.unique())
    .execute()
  await database.schema
    .createIndex('holds_target')
    .on('holds')
    .columns(['service', 'environment', 'ended_at'])
    .execute()
  await database.insertInto('counters').values({ name: 'hold', value: 0 }).execute()
}
