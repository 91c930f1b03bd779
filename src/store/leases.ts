import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import type { Records } from './database.ts'
import type { Instance, OnlyBot } from './instance.ts'
import { LEASE_MS } from './queue.ts'
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
  const rows = [BOT, PUBLISHER].map(name => ({ name, owner: '', held_until: 0 }))
  await database.insertInto('leases').values(rows).execute()
}

/** Held by the process that tells Slack. */
export const PUBLISHER = 'publisher'

/** Held by the only process that runs as the bot on these records. */
const BOT = 'bot'
const RENEW_EVERY_MS = 4_000
const RENEW_WITHIN_MS = 3_000
const RELEASE_WITHIN_MS = 2_000
const LOOK_EVERY_MS = 500

/**
 * The only bot on the records has a row that it renews: no lock of a session, so that connections may be shared. A holder that
 * died is waited for until its lease is over; one that renews it lives: `taken`.
 */
export function leasedBot(records: Records): OnlyBot {
  let held: { readonly owner: string; readonly lose: () => void } | undefined
  return {
    async hold(owner, onWait = () => {}) {
      if (!(await taken(records, owner, onWait))) return 'taken'
      let lose = (): void => {}
      const lost = new Promise<void>(resolve => {
        lose = resolve
      })
      held = { owner, lose }
      return { lost, release: kept(records, owner, lose) }
    },

    async check(trx) {
      if (!held) return
      // Held until the transaction ends: whoever takes over in between waits for what is being written.
      const row = await trx
        .selectFrom('leases')
        .select('owner')
        .where('name', '=', BOT)
        .forShare()
        .executeTakeFirst()
      if (row?.owner === held.owner) return
      held.lose()
      throw new Error('another touchdown has taken over these records')
    },
  }
}

export type LeaseRow = Pick<LeaseTable, 'owner' | 'held_until'>

/** False: another process has it, and lives. */
async function taken(records: Records, owner: string, onWait: () => void): Promise<boolean> {
  const lease = { name: BOT, owner }
  const attempt = (lapsed?: LeaseRow) =>
    records.write(async trx => take(trx, await records.now(trx), lease, lapsed))
  const first = await attempt()
  if (!first) return true
  onWait()
  const since = performance.now()
  for (;;) {
    await sleep(LOOK_EVERY_MS)
    // The server's clock may have been set back; what did not change for so long by ours is nobody's, whatever it says.
    const lapsed = performance.now() - since > LEASE_MS ? first : undefined
    const found = await attempt(lapsed)
    if (!found) return true
    if (found.owner !== first.owner || found.held_until !== first.held_until) return false
  }
}

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

/** Renews it until the function that is given is called. */
function kept(records: Records, owner: string, lose: () => void): Instance['release'] {
  let renewing: Promise<void> | undefined
  function renew(): void {
    renewing ??= records
      .writeWithin(RENEW_WITHIN_MS, async trx => {
        const heldUntil = (await records.now(trx)) + LEASE_MS
        return setHeld(trx, { name: BOT, owner }, heldUntil)
      })
      .then(
        isOurs => isOurs || lose(),
        // While the records cannot be asked nobody else can take it either.
        () => {},
      )
      .then(() => {
        renewing = undefined
      })
  }
  const timer = setInterval(renew, RENEW_EVERY_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await renewing
    await records.writeWithin(RELEASE_WITHIN_MS, trx => setHeld(trx, { name: BOT, owner }, 0)).catch(() => {})
  }
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
