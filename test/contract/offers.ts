import { describe, expect, test } from 'vitest'
import type { Offer } from '../../src/event.ts'
import type { Told } from '../../src/ports/messages.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { type HandClock, host, newDeployment } from './orders.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'
import { app, approval, begun, ended, turnOf } from './samples.ts'

const allTold: Omit<Told, 'deployment'> = {
  channel: 'C01GEN',
  parent: '1.0',
  lines: 2,
  final: true,
  reposted: false,
  barred: [],
  done: true,
}

/** What may be done next. */
export function offerContract(empty: () => Promise<EmptyRecords>): void {
  describe('what an end offers', () => {
    let clock: HandClock
    let store: OpenStore
    let open: () => Promise<OpenStore>
    onEmptyRecords(empty, async (hand, opened) => {
      clock = hand
      open = opened
      store = await open()
    })

    const back = { kind: 'rollback', revision: 'x', image: undefined, hosts: [] } as const
    const lock = { kind: 'lock', from: 'x' } as const
    async function endedWith(id: string, offer: Offer | undefined, more = {}) {
      await store.create({ ...newDeployment(id, more), isRollback: offer?.kind === 'lock' })
      await begun(store, id)
      await store.append(id, { ...ended('succeeded'), ...(offer ? { offers: [offer] } : {}) })
    }
    const hold = { target: app, by: 'U02BOB', reason: 'x', forMs: 1_000, trigger: 'h' }

    test('stays until another deployment of the target begins, and is then taken back by one caller', async () => {
      await endedWith('d1', back)
      await store.create(newDeployment('d2'))
      await store.create(newDeployment('other', { service: 'other', hosts: [host('web2')] }))
      await begun(store, 'other')
      await store.setHold(hold)
      expect(await store.withdraw()).toEqual([])
      await begun(store, 'd2')
      const other = await open()
      const withdrawn = (await Promise.all([store.withdraw(), other.withdraw()])).flat()
      expect(withdrawn).toEqual([{ deployment: await store.find('d1'), events: [{ kind: 'withdrawn' }] }])
      expect((await store.events('d1')).map(({ event }) => event.kind)).toEqual([
        'started',
        'ended',
        'withdrawn',
      ])
      expect(await store.withdraw()).toEqual([])
    })

    test('is taken back once somebody has asked for it and it awaits its approval', async () => {
      await endedWith('d1', back)
      await store.create({ ...newDeployment('d2'), approval })
      expect(await store.withdraw()).toEqual([])
      await store.create({ ...newDeployment('d3'), approval, isRollback: true })
      expect(await store.withdraw()).toMatchObject([{ deployment: { id: 'd1' } }])
    })

    test('is offered again, by one caller, once that has come to nothing, and not when it was approved', async () => {
      const other = await open()
      const told = async () =>
        (await Promise.all([store.withdraw(), other.withdraw()])).flat().map(({ events }) => events)
      const asked = (id: string) => store.create({ ...newDeployment(id), approval, isRollback: true })
      await endedWith('d1', back)
      for (const end of ['rejected', 'expired', 'void', 'cancelled']) {
        await asked(end)
        expect(await told()).toEqual([[{ kind: 'withdrawn', isForNow: true }]])
        if (end === 'rejected') await store.decide(end, { kind: 'rejected', by: 'U02BOB' }, end)
        if (end === 'expired') clock.forward(1_000)
        if (end === 'expired') await store.expire()
        if (end === 'void') await store.giveUp(end, { kind: 'overtaken' })
        if (end === 'cancelled') await store.cancel(end, 'U02BOB', end)
        expect((await store.find(end))?.status).toBe(end)
        expect(await told()).toEqual([[{ kind: 'offered', offers: [back] }]])
        expect(await told()).toEqual([])
      }
      await asked('d2')
      expect(await told()).toHaveLength(1)
      await store.decide('d2', { kind: 'approved', by: 'U02BOB', ahead: undefined }, 'click')
      expect(await told()).toEqual([])
      // Its buttons are gone already: there is nothing to tell once it begins.
      await begun(store, 'd2')
      expect(await told()).toEqual([])
      await store.append('d2', ended('failed'))
      expect(await told()).toEqual([])
    })

    test('is offered again, and is another’s to ask for, where what was approved is given up by the last look', async () => {
      await endedWith('d1', back)
      const asked = { ...newDeployment('d2'), approval, isRollback: true }
      await store.create(asked)
      await store.withdraw()
      await store.decide('d2', { kind: 'approved', by: 'U02BOB', ahead: undefined }, 'click')
      const claimed = await store.claim('d2', 'bot')
      // It is being looked at: nobody asks for another one, and nothing is offered.
      expect(await store.withdraw()).toEqual([])
      expect(await store.createAfter('d1', newDeployment('d3'))).toMatchObject({
        kind: 'overtaken',
        deployment: { id: 'd2', startedAt: undefined },
      })
      await store.giveUp('d2', { kind: 'overtaken' }, claimed?.fence)
      expect((await store.find('d2'))?.startedAt).toBeUndefined()
      expect(await store.withdraw()).toMatchObject([
        { deployment: { id: 'd1' }, events: [{ kind: 'offered', offers: [{ kind: 'rollback' }] }] },
      ])
      expect(await store.createAfter('d1', newDeployment('d4'))).toMatchObject({ kind: 'made' })
    })

    test('stays after a rollback until somebody locks its target', async () => {
      await endedWith('d1', lock)
      await endedWith('none', undefined, { environment: 'staging', hosts: [host('web2')] })
      const elsewhere = { ...app, environment: 'staging' }
      await store.setHold({ ...hold, target: elsewhere, trigger: 'h1' })
      await store.setHold(hold)
      clock.forward(1_000)
      expect(await store.withdraw()).toEqual([])
      await store.setHold({ ...hold, trigger: 'h2' })
      expect(await store.withdraw()).toMatchObject([{ deployment: { id: 'd1' } }])
    })

    test('is something to tell again once it is taken back', async () => {
      await endedWith('d1', back)
      await store.create(newDeployment('d2'))
      const turn = await turnOf(store)
      for (const deployment of ['d1', 'd2']) await turn.save({ ...allTold, deployment })
      await begun(store, 'd2')
      expect(await store.messages.untold(0)).toEqual([])
      await store.withdraw()
      expect((await store.messages.untold(0)).map(({ id }) => id)).toEqual(['d1'])
    })
  })
}
