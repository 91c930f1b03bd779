import type { Transaction } from 'kysely'
import type { ClaimRecords } from '../ports/records/queue.ts'
import { LEASE_MS } from '../ports/store.ts'
import type { Records } from './database.ts'
import { fenced } from './fences.ts'
import { type Lease, watchLeases } from './lapse.ts'
import { isItsTurn } from './queue.ts'
import { deploymentFrom } from './rows.ts'
import type { DeploymentTable, Schema } from './schema.ts'

/** So that the next try comes long before the lease is over. */
const RENEW_WITHIN_MS = 3_000
const RELEASE_WITHIN_MS = 2_000

/** Who runs a deployment, and who takes it over. `isShared`: several bots may live. */
export function claimRecords(records: Records, isShared: boolean): ClaimRecords {
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
    claim: (id, owner) =>
      records.write(async trx => {
        const won = await trx
          .updateTable('deployments')
          .set({ status: 'running', owner, lease_until: (await records.now(trx)) + LEASE_MS })
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
  }
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
