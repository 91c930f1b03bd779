import type { ExpressionBuilder, Transaction } from 'kysely'
import type { Order } from '../order.ts'
import { type Claimed, LEASE_MS, type Store } from '../ports/store.ts'
import { stopWaiting } from './cancels.ts'
import { audit } from './commands.ts'
import { draw, type Records } from './database.ts'
import { type Lease, watchLeases } from './lapse.ts'
import { deploymentFrom } from './rows.ts'
import type { DeploymentTable, Schema } from './schema.ts'

/** So that the next try comes long before the lease is over. */
const RENEW_WITHIN_MS = 3_000
const RELEASE_WITHIN_MS = 2_000

/** First come, first served: who may start, who runs it, who takes it over. `isShared`: several bots may live. */
export function queueRecords(
  records: Records,
  isShared: boolean,
): Pick<
  Store,
  | 'startable'
  | 'ahead'
  | 'claim'
  | 'lastFence'
  | 'raiseFence'
  | 'renew'
  | 'orphans'
  | 'resume'
  | 'release'
  | 'unfinished'
> {
  const leases = watchLeases()

  /** Those that nobody but the asker runs. */
  async function left(trx: Transaction<Schema>, asker: string): Promise<readonly DeploymentTable[]> {
    const rows = await trx
      .selectFrom('deployments')
      .selectAll()
      .where('status', '=', 'running')
      .orderBy('sequence')
      .execute()
    const now = await records.now(trx)
    const over = leases.over(new Map(rows.map(row => [row.id, leaseOf(row)])), now)
    const isForBots = !isBot(asker) && isShared && (await isBotThere(trx, now))
    return rows.filter(row => {
      const { owner } = leaseOf(row)
      if (owner === asker) return true
      if (!isBot(owner)) return over.has(row.id)
      if (!isShared) return isBot(asker) || over.has(row.id)
      // What a bot hands over is for the next one, which may be seconds from its start: a terminal gives it that time.
      return isBot(asker) ? over.has(row.id) : !isForBots && leases.isUnchanged(row.id)
    })
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
      records.write(async trx => {
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

    resume: (id, owner) =>
      records.write(async trx => {
        const found = (await left(trx, owner)).find(row => row.id === id)
        if (!found) return undefined
        const won = await trx
          .updateTable('deployments')
          .set(eb => ({ resumes: eb('resumes', '+', 1), owner }))
          .set({ lease_until: (await records.now(trx)) + LEASE_MS })
          .where('id', '=', id)
          .where('status', '=', 'running')
          // As it was looked at: whoever renewed it or took it meanwhile has it.
          .where('fence', '=', found.fence)
          .where('lease_until', '=', found.lease_until)
          .returning('id')
          .executeTakeFirst()
        return won && fenced(trx, id)
      }),

    lastFence: () => records.read(lastFence),

    raiseFence: (seen, by) =>
      records.write(async trx => {
        if ((await lastFence(trx)) >= seen) return []
        const now = await records.now(trx)
        const stopped = await stopWaiting(trx, now, by)
        // Locks the counter's row: whoever draws meanwhile comes before or after.
        const given = (await draw(trx, 'fence')) - 1
        await trx
          .updateTable('counters')
          .set({ value: Math.max(given, seen) })
          .where('name', '=', 'fence')
          .execute()
        const row = { actor: by, target: undefined, decision: 'accepted' }
        await audit(trx, now, { ...row, action: 'catch-up', detail: `fence ${given} to ${seen}` })
        for (const { id, order } of stopped) {
          const target = `${order.target.service}.${order.target.environment}`
          await audit(trx, now, { ...row, action: 'cancel', target, detail: id })
        }
        return stopped
      }),

    renew: async (owner, ids) => {
      if (ids.length === 0) return []
      return records.writeWithin(RENEW_WITHIN_MS, async trx => {
        const renewed = await trx
          .updateTable('deployments')
          .set({ lease_until: (await records.now(trx)) + LEASE_MS })
          .where('owner', '=', owner)
          .where('status', '=', 'running')
          .where('id', 'in', [...ids])
          .returning('id')
          .execute()
        return renewed.map(({ id }) => id)
      })
    },

    release: async owner => {
      // Where only one bot lives the next one waits for none.
      if (!isShared) return
      await records.writeWithin(RELEASE_WITHIN_MS, async trx => {
        const isOver = { lease_until: 0 }
        await trx
          .updateTable('deployments')
          .set(isOver)
          .where('owner', '=', owner)
          .where('status', '=', 'running')
          .execute()
        await trx
          .updateTable('commands')
          .set(isOver)
          .where('owner', '=', owner)
          .where('settled_at', 'is', null)
          .execute()
      })
    },

    orphans: owner => records.read(async trx => (await left(trx, owner)).map(deploymentFrom)),

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

function isBot(owner: string): boolean {
  return owner.startsWith('bot:')
}

/** What runs has both; a row that lacks one belongs to nobody. */
function leaseOf({ owner, lease_until }: DeploymentTable): Lease {
  return { owner: owner ?? '', until: lease_until ?? 0 }
}

/** To a terminal what a bot claimed is a bot's for as long as there is one: it has all secrets, and nobody closes it. */
async function isBotThere(trx: Transaction<Schema>, now: number): Promise<boolean> {
  const held = await trx.selectFrom('leases').select('name').where('held_until', '>=', now).executeTakeFirst()
  return held !== undefined
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
    .set(eb => ({ fence, first_fence: eb.fn.coalesce('first_fence', eb.val(fence)) }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return { deployment: deploymentFrom(row), fence, firstFence: row.first_fence ?? fence }
}
