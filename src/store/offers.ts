import type { ExpressionBuilder, Transaction } from 'kysely'
import type { DeploymentEvent } from '../event.ts'
import type { OfferRecords, Recorded } from '../ports/records/verdicts.ts'
import type { Records } from './database.ts'
import { append } from './events.ts'
import { deploymentFrom, eventFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** Until when the ends of deployments offer what may be done next. */
export function offerRecords(records: Records): OfferRecords {
  return {
    withdraw: async () => {
      const changed = await records.read(async trx => changes(trx, await records.now(trx)))
      const told: Recorded[] = []
      for (const change of changed) {
        const its = await records.write(async trx => make(trx, await records.now(trx), change))
        if (its) told.push(its)
      }
      return told
    },
  }
}

interface Change {
  readonly id: string
  /** Undefined: it is over, and there is nothing to tell. */
  readonly event: DeploymentEvent | undefined
}

async function changes(trx: Transaction<Schema>, now: number): Promise<readonly Change[]> {
  const isOver = (eb: Deployments) => eb.or([hasBegun(eb), isLocked(eb, now)])
  const idsWhere = (is: (eb: Deployments) => ReturnType<Deployments['and']>) =>
    trx.selectFrom('deployments').select('id').where(is).orderBy('sequence').execute()
  const over = await idsWhere(eb => eb.and([eb('offers', '=', 1), isOver(eb)]))
  const hidden = await idsWhere(eb => eb.and([eb('offers', '=', 2), isOver(eb)]))
  const asked = await idsWhere(eb => eb.and([eb('offers', '=', 1), isAskedFor(eb), eb.not(isOver(eb))]))
  const free = await idsWhere(eb =>
    eb.and([eb('offers', '=', 2), eb.not(isAskedFor(eb)), eb.not(isOver(eb))]),
  )
  const again: Change[] = []
  for (const { id } of free) again.push(await offeredAgain(trx, id))
  return [
    ...over.map(({ id }): Change => ({ id, event: { kind: 'withdrawn' } })),
    ...asked.map(({ id }): Change => ({ id, event: { kind: 'withdrawn', isForNow: true } })),
    ...hidden.map(({ id }): Change => ({ id, event: undefined })),
    ...again,
  ]
}

/** As its end offered it. */
async function offeredAgain(trx: Transaction<Schema>, id: string): Promise<Change> {
  const rows = await trx.selectFrom('events').select('event_json').where('deployment_id', '=', id).execute()
  const end = rows.map(row => eventFrom(row.event_json, id)).find(({ kind }) => kind === 'ended')
  return { id, event: { kind: 'offered', offers: (end?.kind === 'ended' ? end.offers : undefined) ?? [] } }
}

/** What is to be told then; nothing, where somebody else has told it, or it is otherwise by now. */
async function make(
  trx: Transaction<Schema>,
  now: number,
  { id, event }: Change,
): Promise<Recorded | undefined> {
  if (event === undefined) {
    const hidden = trx.updateTable('deployments').where('id', '=', id).where('offers', '=', 2)
    await hidden.set({ offers: 0 }).execute()
    return undefined
  }
  if ((await append(trx, now, id, event)) === undefined) return undefined
  const row = await trx.selectFrom('deployments').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  return { deployment: deploymentFrom(row), events: [event] }
}

type Deployments = ExpressionBuilder<Schema, 'deployments'>

function hasBegun(eb: Deployments) {
  return eb.exists(later(eb).where('later.started_at', 'is not', null))
}

/** A rollback, that may still be approved, or be looked at for the last time, and begin. */
function isAskedFor(eb: Deployments) {
  return eb.exists(
    later(eb)
      .where('later.is_rollback', '=', 1)
      .where('later.status', 'in', ['awaiting', 'queued', 'running']),
  )
}

/** Of the same target. */
function later(eb: Deployments) {
  return eb
    .selectFrom('deployments as later')
    .select('later.id')
    .whereRef('later.service', '=', 'deployments.service')
    .whereRef('later.environment', '=', 'deployments.environment')
    .whereRef('later.sequence', '>', 'deployments.sequence')
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
