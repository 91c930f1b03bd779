import type { Clock } from '../ports/clock.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { Store } from '../ports/store.ts'
import { approvalRecords } from './approvals.ts'
import { auditRecords } from './audit.ts'
import { cancelRecords } from './cancels.ts'
import { claimRecords } from './claims.ts'
import { commandRecords } from './commands.ts'
import { creationRecords } from './creation.ts'
import type { Records } from './database.ts'
import { effectRecords } from './effects.ts'
import { eventRecords } from './events.ts'
import { fenceRecords } from './fences.ts'
import { hinting } from './hinting.ts'
import { type Hint, type Listening, noListening, postgresHints } from './hints.ts'
import { historyRecords } from './history.ts'
import { holdRecords } from './holds.ts'
import { holdInstance, type Instance } from './instance.ts'
import { messageRecords, onlyTurns } from './messages.ts'
import { offerRecords } from './offers.ts'
import { type PostgresPlace, postgresRecords } from './postgres.ts'
import { queueRecords } from './queue.ts'
import { sqliteRecords } from './sqlite.ts'
import { stallRecords } from './stalls.ts'
import { leasedTurns } from './turns.ts'

export interface OpenStore extends Store {
  readonly messages: MessageStore
  /** Lets this process run as a bot, and no other one where the records are not shared. The command line may work beside it. */
  holdInstance(): Promise<Instance | 'taken'>
  /** Hears what other processes change in the records, as far as the database passes that on: for speed alone. */
  listen(heard: (hint: Hint) => void): Listening
}

/**
 * The records in this file, made when there is none. Several processes may have it open at once. Throws StoreRefused when
 * the file is not ours or not whole, and leaves it alone.
 */
export async function openStore(options: {
  readonly file: string
  readonly clock: Clock
  readonly newId: () => string
}): Promise<OpenStore> {
  const { file, clock, newId } = options
  const records = await sqliteRecords(file, clock)
  return storeOn(records, newId, {
    isShared: false,
    holdInstance: () => holdInstance(file),
    takeTurns: onlyTurns(records),
  })
}

/** The same in a PostgreSQL database. Its clock counts, unless another one is given. */
export async function openSharedStore(options: {
  readonly place: PostgresPlace
  readonly clock?: Clock
  readonly newId: () => string
}): Promise<OpenStore> {
  const { place, clock, newId } = options
  const records = await postgresRecords(place, clock && { now: async () => clock.now() })
  const store = await storeOn(records, newId, {
    isShared: true,
    holdInstance: async () => ({ release: async () => {} }),
    takeTurns: leasedTurns(records, clock),
  })
  const { installation } = store
  const { notify } = records
  return hinting(store, postgresHints({ url: place.url.reveal(), from: newId(), installation, notify }))
}

async function storeOn(
  records: Records,
  newId: () => string,
  {
    isShared,
    holdInstance,
    takeTurns,
  }: Pick<OpenStore, 'isShared' | 'holdInstance'> & Pick<MessageStore, 'takeTurns'>,
): Promise<OpenStore> {
  return {
    installation: await installationOf(records, newId()),
    isShared,
    ...commandRecords(records, isShared),
    ...auditRecords(records),
    ...creationRecords(records),
    ...historyRecords(records),
    ...eventRecords(records),
    ...queueRecords(records),
    ...claimRecords(records, isShared),
    ...fenceRecords(records),
    ...cancelRecords(records),
    ...approvalRecords(records),
    ...stallRecords(records),
    ...offerRecords(records),
    ...holdRecords(records),
    ...effectRecords(records, isShared),
    messages: { ...messageRecords(records), takeTurns },
    holdInstance,
    listen: noListening,
    close: records.close,
  }
}

/** The id that is there, else the proposed one. */
function installationOf(records: Records, proposed: string): Promise<string> {
  return records.write(async trx => {
    await trx
      .insertInto('meta')
      .values({ name: 'installation', value: proposed })
      .onConflict(conflict => conflict.column('name').doNothing())
      .execute()
    const { value } = await trx
      .selectFrom('meta')
      .select('value')
      .where('name', '=', 'installation')
      .executeTakeFirstOrThrow()
    return value
  })
}
