import { type Kysely, type RawBuilder, sql } from 'kysely'
import { createHolds } from './holds-table.ts'
import { createLeases } from './leases.ts'

/** Makes a table refuse UPDATE and DELETE: each database has its own words for it. */
export type AppendOnly = (table: string) => readonly RawBuilder<unknown>[]

/** Its name says whose tables these are. */
export const MIGRATIONS_TABLE = 'touchdown_migrations'

/**
 * Brings the tables up to date, inside the caller's transaction, which keeps all others out. `newer`: a later version of
 * Touchdown has changed them already; nothing was done.
 */
// biome-ignore lint/suspicious/noExplicitAny: Kysely's own type; a migration must not depend on today's Schema.
export async function migrate(database: Kysely<any>, appendOnly: AppendOnly): Promise<'migrated' | 'newer'> {
  await database.schema
    .createTable(MIGRATIONS_TABLE)
    .ifNotExists()
    .addColumn('name', 'text', column => column.primaryKey())
    .execute()
  const table = sql.table(MIGRATIONS_TABLE)
  const { rows } = await sql<{ name: string }>`SELECT name FROM ${table}`.execute(database)
  const done = new Set(rows.map(({ name }) => name))
  const known = migrations(appendOnly)
  if ([...done].some(name => !Object.hasOwn(known, name))) return 'newer'
  for (const [name, up] of Object.entries(known)) {
    if (done.has(name)) continue
    await up(database)
    await sql`INSERT INTO ${table} (name) VALUES (${name})`.execute(database)
  }
  return 'migrated'
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
type Migration = (database: Kysely<any>) => Promise<void>

/** Never edit one that was released: add the next. Only types and clauses that SQLite and PostgreSQL share. */
function migrations(appendOnly: AppendOnly): Record<string, Migration> {
  return {
    '0001-records': database => records(database, appendOnly),
    '0002-approvals': approvals,
    '0003-holds': createHolds,
    '0004-rollbacks': rollbacks,
    '0005-leases': createLeases,
  }
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
async function records(database: Kysely<any>, appendOnly: AppendOnly): Promise<void> {
  const { schema } = database
  await schema
    .createTable('meta')
    .addColumn('name', 'text', column => column.primaryKey())
    .addColumn('value', 'text', column => column.notNull())
    .execute()
  await schema
    .createTable('counters')
    .addColumn('name', 'text', column => column.primaryKey())
    .addColumn('value', 'bigint', column => column.notNull())
    .execute()
  await database
    .insertInto('counters')
    .values(['sequence', 'fence', 'audit', 'cancel'].map(name => ({ name, value: 0 })))
    .execute()
  await schema
    .createTable('commands')
    .addColumn('trigger_id', 'text', column => column.primaryKey())
    .addColumn('actor', 'text', column => column.notNull())
    .addColumn('text_json', 'text', column => column.notNull())
    .addColumn('channel', 'text')
    .addColumn('response_url', 'text')
    .addColumn('received_at', 'bigint', column => column.notNull())
    .addColumn('settled_at', 'bigint')
    .addColumn('owner', 'text', column => column.notNull())
    .addColumn('lease_until', 'bigint', column => column.notNull())
    .execute()
  await schema
    .createIndex('commands_unsettled')
    .on('commands')
    .columns(['settled_at', 'received_at'])
    .execute()
  await deployments(database)
  await schema
    .createTable('audit')
    .addColumn('n', 'bigint', column => column.primaryKey())
    .addColumn('at', 'bigint', column => column.notNull())
    .addColumn('actor', 'text', column => column.notNull())
    .addColumn('action', 'text', column => column.notNull())
    .addColumn('target', 'text')
    .addColumn('decision', 'text', column => column.notNull())
    .addColumn('detail', 'text', column => column.notNull())
    .addColumn('trigger_id', 'text')
    .execute()
  await schema.createIndex('audit_trigger').on('audit').column('trigger_id').execute()
  for (const statement of appendOnly('audit')) await statement.execute(database)
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
async function rollbacks({ schema }: Kysely<any>): Promise<void> {
  await schema
    .alterTable('deployments')
    .addColumn('is_rollback', 'integer', column => column.notNull().defaultTo(0))
    .execute()
  await schema
    .alterTable('deployments')
    .addColumn('offers', 'integer', column => column.notNull().defaultTo(0))
    .execute()
  await schema.createIndex('deployments_offers').on('deployments').column('offers').execute()
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
async function approvals(database: Kysely<any>): Promise<void> {
  const { schema } = database
  await schema.alterTable('commands').addColumn('click_json', 'text').execute()
  // SQLite adds one column at a time.
  for (const name of ['order_hash', 'decision', 'decided_by', 'decided_trigger']) {
    await schema.alterTable('deployments').addColumn(name, 'text').execute()
  }
  for (const name of ['expires_at', 'decided_at']) {
    await schema.alterTable('deployments').addColumn(name, 'bigint').execute()
  }
  await schema.createIndex('deployments_decided').on('deployments').column('decided_trigger').execute()
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
async function deployments(database: Kysely<any>): Promise<void> {
  const { schema } = database
  await schema
    .createTable('deployments')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('sequence', 'bigint', column => column.notNull().unique())
    .addColumn('trigger_id', 'text', column => column.notNull().unique())
    .addColumn('service', 'text', column => column.notNull())
    .addColumn('environment', 'text', column => column.notNull())
    .addColumn('order_json', 'text', column => column.notNull())
    .addColumn('ref', 'text', column => column.notNull())
    .addColumn('changes_json', 'text')
    .addColumn('requested_by', 'text', column => column.notNull())
    .addColumn('origin_json', 'text', column => column.notNull())
    .addColumn('status', 'text', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('cancelled_by', 'text')
    .addColumn('resumes', 'integer', column => column.notNull())
    .addColumn('fence', 'bigint')
    .addColumn('first_fence', 'bigint')
    .addColumn('owner', 'text')
    .addColumn('lease_until', 'bigint')
    .addColumn('stalled_until', 'bigint')
    .addColumn('answered_trigger', 'text')
    .addColumn('events', 'integer', column => column.notNull())
    .execute()
  await schema
    .createIndex('deployments_target')
    .on('deployments')
    .columns(['service', 'environment', 'status', 'sequence'])
    .execute()
  await schema.createIndex('deployments_answered').on('deployments').column('answered_trigger').execute()
  await schema.createIndex('deployments_ended').on('deployments').column('ended_at').execute()
  await schema.createIndex('deployments_status').on('deployments').columns(['status', 'sequence']).execute()
  await schema
    .createTable('deployment_hosts')
    .addColumn('deployment_id', 'text', column => column.notNull().references('deployments.id'))
    .addColumn('host', 'text', column => column.notNull())
    .addColumn('status', 'text')
    .addColumn('result_json', 'text')
    .addColumn('duration_ms', 'bigint')
    .addColumn('digest', 'text')
    .addPrimaryKeyConstraint('deployment_hosts_key', ['deployment_id', 'host'])
    .execute()
  await schema
    .createTable('places')
    .addColumn('deployment_id', 'text', column => column.notNull().references('deployments.id'))
    .addColumn('sequence', 'bigint', column => column.notNull())
    .addColumn('key', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('places_key', ['deployment_id', 'key'])
    .execute()
  await schema.createIndex('places_line').on('places').columns(['key', 'sequence']).execute()
  await schema
    .createTable('cancels')
    .addColumn('trigger_id', 'text', column => column.primaryKey())
    .addColumn('deployment_id', 'text', column => column.references('deployments.id'))
    .execute()
  await schema
    .createTable('events')
    .addColumn('deployment_id', 'text', column => column.notNull().references('deployments.id'))
    .addColumn('n', 'integer', column => column.notNull())
    .addColumn('at', 'bigint', column => column.notNull())
    .addColumn('event_json', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('events_key', ['deployment_id', 'n'])
    .execute()
  await schema
    .createTable('told')
    .addColumn('deployment_id', 'text', column => column.primaryKey().references('deployments.id'))
    .addColumn('channel', 'text')
    .addColumn('parent', 'text')
    .addColumn('lines', 'integer', column => column.notNull())
    .addColumn('final', 'integer', column => column.notNull())
    .addColumn('reposted', 'integer', column => column.notNull())
    .addColumn('barred_json', 'text', column => column.notNull())
    .addColumn('done', 'integer', column => column.notNull())
    .execute()
}
