import type { Clock, MessageStore, Store } from '../ports.ts'
import { approvalRecords } from './approvals.ts'
import { cancelRecords } from './cancels.ts'
import { commandRecords } from './commands.ts'
import { type Records, recordsIn } from './database.ts'
import { deploymentRecords } from './deployments.ts'
import { eventRecords } from './events.ts'
import { holdRecords } from './holds.ts'
import { messageRecords } from './messages.ts'
import { queueRecords } from './queue.ts'
import { openSqlite } from './sqlite.ts'

export interface OpenStore extends Store {
  readonly messages: MessageStore
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
  const records = recordsIn(await openSqlite(options.file))
  return {
    installation: await installationOf(records, options.newId()),
    ...commandRecords(records, options.clock),
    ...deploymentRecords(records, options.clock),
    ...eventRecords(records, options.clock),
    ...queueRecords(records, options.clock),
    ...holdRecords(records, options.clock),
    ...approvalRecords(records, options.clock),
    ...cancelRecords(records, options.clock),
    messages: messageRecords(records),
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
