import { type Store, TakenOver } from '../ports/store.ts'
import { approvalRecords } from './approvals.ts'
import { auditRecords } from './audit.ts'
import { cancelRecords } from './cancels.ts'
import { creationRecords } from './creation.ts'
import type { Records } from './database.ts'
import { holdRecords } from './holds.ts'
import { stallRecords } from './stalls.ts'

/** What comes of a command, unless another bot has it by now. `isShared`: several bots may live. */
export function effectRecords(records: Records, isShared: boolean): Pick<Store, 'actingOn'> {
  return {
    actingOn: (trigger, owner) => {
      const ours = whileOurs(records, isShared, trigger, owner)
      const { create, createAfter } = creationRecords(ours)
      const { decide, giveUp } = approvalRecords(ours)
      const { cancel } = cancelRecords(ours)
      const { answer } = stallRecords(ours)
      const { setHold, endHold } = holdRecords(ours)
      const { audit } = auditRecords(ours)
      return { create, createAfter, decide, giveUp, cancel, answer, setHold, endHold, audit }
    },
  }
}

/** The same records; each write looks first whose the command is, and keeps it so until it is committed. */
function whileOurs(records: Records, isShared: boolean, trigger: string, owner: string): Records {
  return {
    ...records,
    write: query =>
      records.write(async trx => {
        const row = await trx
          .selectFrom('commands')
          .select(['owner', 'settled_at'])
          .where('trigger_id', '=', trigger)
          // Whoever takes it meanwhile waits. SQLite lets one write at a time.
          .$if(isShared, asked => asked.forShare())
          .executeTakeFirst()
        if (row && (row.owner !== owner || row.settled_at !== null))
          throw new TakenOver(`another bot has the command ${trigger}`)
        return query(trx)
      }),
  }
}
