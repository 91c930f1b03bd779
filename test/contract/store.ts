import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../src/store/store.ts'
import { approvalContract } from './approvals.ts'
import { auditContract } from './audit.ts'
import { cancelContract } from './cancels.ts'
import { commandContract } from './commands.ts'
import { deploymentContract } from './deployments.ts'
import { fenceContract } from './fences.ts'
import { historyContract } from './history.ts'
import { holdContract } from './holds.ts'
import { messageContract } from './messages.ts'
import { offerContract } from './offers.ts'
import { newDeployment } from './orders.ts'
import { queueContract } from './queue.ts'
import { raceContract } from './races.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'
import { stallContract } from './stalls.ts'

/** What every store promises, whatever holds its records. */
export function storeContract(name: string, empty: () => Promise<EmptyRecords>): void {
  describe(name, () => {
    commandContract(empty)
    auditContract(empty)
    deploymentContract(empty)
    offerContract(empty)
    queueContract(empty)
    fenceContract(empty)
    cancelContract(empty)
    historyContract(empty)
    messageContract(empty)
    raceContract(empty)
    approvalContract(empty)
    stallContract(empty)
    holdContract(empty)

    describe('the records', () => {
      let store: OpenStore
      let open: () => Promise<OpenStore>
      onEmptyRecords(empty, async (_, opened) => {
        open = opened
        store = await open()
      })

      test('every store on the same records belongs to one installation', async () => {
        expect(store.installation).not.toBe('')
        expect((await open()).installation).toBe(store.installation)
      })

      test('close waits for what was asked for before, and for nobody who asks again and again', async () => {
        const last = store.create(newDeployment('d1'))
        const asking = Array.from({ length: 10 }, async () => {
          for (let n = 0; n < 300; n++) await store.heard('t1')
        })
        const refused = Promise.allSettled(asking)
        await store.close()
        expect(await last).toMatchObject({ kind: 'made' })
        const closed = {
          status: 'rejected',
          reason: expect.objectContaining({ message: 'the records are closed' }),
        }
        expect(await refused).toEqual(asking.map(() => closed))
      })
    })
  })
}
