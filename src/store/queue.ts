import type { ExpressionBuilder, Transaction } from 'kysely'
import type { Order } from '../deployment.ts'
import { type Claimed, OutcomeUnknown, type Store } from '../ports.ts'
import { audit } from './commands.ts'
import { draw, type Records } from './database.ts'
import type { OnlyBot } from './instance.ts'
import { deploymentFrom } from './rows.ts'
import type { Schema } from './schema.ts'

/** For how long a claim holds without news of its owner. */
export const LEASE_MS = 15_000

/** First come, first served: who may start, who runs it, who takes it over. */
export function queueRecords(
  records: Records,
  bot: OnlyBot,
): Pick<
  Store,
  'startable' | 'ahead' | 'claim' | 'lastFence' | 'raiseFence' | 'renew' | 'orphans' | 'resume' | 'unfinished'
> {
  /** What this process may have got and was not answered about: nobody else would run it. */
  const doubted = new Set<string>()

  async function known(id: string, claiming: Promise<Claimed | undefined>): Promise<Claimed | undefined> {
    try {
      const claimed = await claiming
      if (claimed) doubted.delete(id)
      return claimed
    } catch (error) {
      if (error instanceof OutcomeUnknown) doubted.add(id)
      throw error
    }
  }

  return {
    startable: () =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('deployments')
          .selectAll()
          .where('status', '=', 'queued')
          .where(isItsTurn)
          .orderBy('sequence')
          .execute()
        return rows.map(deploymentFrom)
      }),

    ahead: id =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('deployments')
          .selectAll()
          .where('id', 'in', eb =>
            eb
              .selectFrom('places as mine')
              .innerJoin('places as earlier', 'earlier.key', 'mine.key')
              .select('earlier.deployment_id')
              .where('mine.deployment_id', '=', id)
              .whereRef('earlier.sequence', '<', 'mine.sequence'),
          )
          .orderBy('sequence')
          .execute()
        return rows.map(deploymentFrom)
      }),

    claim: (id, owner) =>
      known(
        id,
        records.write(async trx => {
          await bot.check(trx)
          const now = await records.now(trx)
          const won = await trx
            .updateTable('deployments')
            .set(eb => ({
              // One that had stalled has begun before.
              started_at: eb.fn.coalesce('started_at', eb.val(now)),
              ...{ status: 'running', owner, lease_until: now + LEASE_MS },
            }))
            .where('id', '=', id)
            .where('status', '=', 'queued')
            .where(isItsTurn)
            .returning('id')
            .executeTakeFirst()
          return won && fenced(trx, id)
        }),
      ),

    resume: (id, owner) =>
      known(
        id,
        records.write(async trx => {
          await bot.check(trx)
          const now = await records.now(trx)
          const won = await trx
            .updateTable('deployments')
            .set(eb => ({ resumes: eb('resumes', '+', 1), owner, lease_until: now + LEASE_MS }))
            .where('id', '=', id)
            .where(isOrphan(owner, now, doubted))
            .returning('id')
            .executeTakeFirst()
          return won && fenced(trx, id)
        }),
      ),

    lastFence: () => records.read(lastFence),

    raiseFence: (seen, by) =>
      records.write(async trx => {
        // Locks the counter's row first: whoever draws meanwhile comes before or after.
        const given = (await draw(trx, 'fence')) - 1
        if (given >= seen) return
        await trx.updateTable('counters').set({ value: seen }).where('name', '=', 'fence').execute()
        const row = { actor: by, action: 'catch-up', target: undefined, decision: 'accepted' }
        await audit(trx, await records.now(trx), { ...row, detail: `fence ${given} to ${seen}` })
      }),

    renew: owner =>
      records.write(async trx => {
        await trx
          .updateTable('deployments')
          .set({ lease_until: (await records.now(trx)) + LEASE_MS })
          .where('owner', '=', owner)
          .where('status', '=', 'running')
          .execute()
      }),

    orphans: owner =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('deployments')
          .selectAll()
          .where(isOrphan(owner, await records.now(trx), doubted))
          .orderBy('sequence')
          .execute()
        return rows.map(deploymentFrom)
      }),

    unfinished: () =>
      records.read(async trx => {
        const rows = await trx
          .selectFrom('deployments')
          .selectAll()
          .where('status', 'in', ['queued', 'running', 'stalled'])
          .orderBy('sequence')
          .execute()
        return rows.map(deploymentFrom)
      }),
  }
}

/**
 * What a deployment must have to itself. A host counts by its name and by its address, so that neither two names of one
 * machine nor a name that moved between two orders lets two deployments in at once.
 */
export function placesOf(order: Order): readonly string[] {
  const keys = [`target ${order.target.service} ${order.target.environment}`]
  for (const { name, address, port } of order.hosts) {
    keys.push(`host ${name}`, `address ${address.toLowerCase()} ${port}`)
  }
  return [...new Set(keys)]
}

/**
 * Nobody runs it any more: its lease is over. A bot that asks is the only one, so what another bot claimed is left, too; to a
 * terminal what a bot claimed is a bot's for as long as there is one.
 */
function isOrphan(asker: string, now: number, doubted: ReadonlySet<string>) {
  return (eb: ExpressionBuilder<Schema, 'deployments'>) => {
    const isOver = eb('lease_until', '<', now)
    const isBots = eb('owner', 'like', 'bot:%')
    const isLeft = asker.startsWith('bot:')
      ? eb.or([isOver, isBots])
      : eb.and([isOver, eb.not(eb.and([isBots, eb.exists(botIsHeld(eb, now))]))])
    const isOthers = eb.and([eb('owner', '<>', asker), isLeft])
    const isDoubted = eb.and([eb('owner', '=', asker), eb('id', 'in', [...doubted])])
    return eb.and([eb('status', '=', 'running'), doubted.size > 0 ? eb.or([isOthers, isDoubted]) : isOthers])
  }
}

function botIsHeld(eb: ExpressionBuilder<Schema, 'deployments'>, now: number) {
  return eb.selectFrom('leases').select('name').where('name', '=', 'bot').where('held_until', '>=', now)
}

/** The start rule, as part of a query on deployments. */
function isItsTurn(eb: ExpressionBuilder<Schema, 'deployments'>) {
  const earlier = eb
    .selectFrom('places as mine')
    .innerJoin('places as earlier', 'earlier.key', 'mine.key')
    .select('earlier.key')
    .whereRef('mine.deployment_id', '=', 'deployments.id')
    .whereRef('earlier.sequence', '<', 'mine.sequence')
  return eb.not(eb.exists(earlier))
}

async function lastFence(trx: Transaction<Schema>): Promise<number> {
  const { value } = await trx
    .selectFrom('counters')
    .select('value')
    .where('name', '=', 'fence')
    .executeTakeFirstOrThrow()
  return value
}

/** A number that no host has seen: whoever held the deployment before is turned away there. */
async function fenced(trx: Transaction<Schema>, id: string): Promise<Claimed> {
  const fence = await draw(trx, 'fence')
  const row = await trx
    .updateTable('deployments')
    .set({ fence })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return { deployment: deploymentFrom(row), fence }
}
