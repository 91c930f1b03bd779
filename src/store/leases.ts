import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Records } from './database.ts'
import type { Instance } from './instance.ts'
import { LEASE_MS } from './queue.ts'

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
  await database.insertInto('leases').values({ name: BOT, owner: '', held_until: 0 }).execute()
}

/** Held by the only process that runs as the bot on these records. */
const BOT = 'bot'
const RENEW_EVERY_MS = 4_000
const LOOK_EVERY_MS = 500

/**
 * Makes this process the only bot on the records, by a row that it renews: no lock of a session, so that connections may be
 * shared. A holder that died is waited for until its lease is over; one that renews it lives: `taken`.
 */
export async function leaseInstance(records: Records, owner: string): Promise<Instance | 'taken'> {
  let seen: number | undefined
  for (;;) {
    const heldUntil = await take(records, owner)
    if (heldUntil === undefined) return kept(records, owner)
    if (seen !== undefined && heldUntil !== seen) return 'taken'
    seen = heldUntil
    await sleep(LOOK_EVERY_MS)
  }
}

/** Undefined: it is this owner's now; else until when it is another's. */
function take(records: Records, owner: string): Promise<number | undefined> {
  return records.write(async trx => {
    const now = await records.now(trx)
    const won = await trx
      .updateTable('leases')
      .set({ owner, held_until: now + LEASE_MS })
      .where('name', '=', BOT)
      .where('held_until', '<', now)
      .returning('name')
      .executeTakeFirst()
    if (won) return undefined
    const { held_until } = await trx
      .selectFrom('leases')
      .select('held_until')
      .where('name', '=', BOT)
      .executeTakeFirstOrThrow()
    return held_until
  })
}

function kept(records: Records, owner: string): Instance {
  let say = (): void => {}
  const lost = new Promise<void>(resolve => {
    say = resolve
  })
  const renew = () =>
    holdFor(records, owner, LEASE_MS).then(
      isOurs => isOurs || say(),
      // While the records cannot be asked nobody else can take it either.
      () => {},
    )
  const timer = setInterval(renew, RENEW_EVERY_MS)
  timer.unref()
  return {
    lost,
    async release() {
      clearInterval(timer)
      await holdFor(records, owner, 0).catch(() => {})
    },
  }
}

/** False: another process has taken it. */
function holdFor(records: Records, owner: string, ms: number): Promise<boolean> {
  return records.write(async trx => {
    const now = await records.now(trx)
    const ours = await trx
      .updateTable('leases')
      .set({ held_until: ms === 0 ? 0 : now + ms })
      .where('name', '=', BOT)
      .where('owner', '=', owner)
      .returning('name')
      .executeTakeFirst()
    return ours !== undefined
  })
}
