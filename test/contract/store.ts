import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Command } from '../../src/command.ts'
import type { Ending } from '../../src/deployment.ts'
import type { DeploymentEvent, Offer } from '../../src/event.ts'
import type { HostResult } from '../../src/host-result.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Told, Turn } from '../../src/ports/messages.ts'
import type { NewDeployment } from '../../src/ports/records/creation.ts'
import { type Effects, TakenOver } from '../../src/ports/store.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { handClock, host, newDeployment } from './orders.ts'

/** One empty set of records. `open` gives another store on the same records, as another process would have. */
export interface EmptyRecords {
  open(clock: Clock): Promise<OpenStore>
  remove(): Promise<void>
}

const app = { service: 'app', environment: 'production' }
const approval = { hash: 'h1', expiresInMs: 1_000, approvers: ['U02BOB'], rehearsals: [] }

/** What every store promises, whatever holds its records. */
export function storeContract(name: string, empty: () => Promise<EmptyRecords>): void {
  describe(name, () => {
    let records: EmptyRecords
    let clock: ReturnType<typeof handClock>
    let store: OpenStore
    const opened: OpenStore[] = []
    const open = async () => {
      const another = await records.open(clock)
      opened.push(another)
      return another
    }
    beforeEach(async () => {
      records = await empty()
      clock = handClock()
      store = await open()
    })
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close()
      await records.remove()
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

    describe('commands', () => {
      test('a command is accepted once, whoever receives it again', async () => {
        const other = await open()
        expect(await store.accept(command('t1'), 'bot:1')).toBe(true)
        expect(await store.accept(command('t1'), 'bot:1')).toBe(false)
        expect(await other.accept({ ...command('t1'), text: 'something else' }, 'bot:1')).toBe(false)
        expect(await other.unsettled()).toEqual([command('t1')])
        expect(await other.heard('t1')).toEqual(command('t1'))
        expect(await store.settle('t1', 'bot:1')).toBe(true)
        expect(await other.heard('t1')).toEqual({ ...command('t1'), responseUrl: undefined })
        expect(await other.heard('t2')).toBe(undefined)
      })

      test('what nobody acted upon is found in the order in which it came, until it is settled', async () => {
        await store.accept({ ...command('b'), receivedAt: 2 }, 'bot:1')
        await store.accept(
          { ...command('c'), receivedAt: 3, channel: undefined, responseUrl: undefined },
          'bot:1',
        )
        await store.accept({ ...command('a'), receivedAt: 1 }, 'bot:1')
        await store.settle('b', 'bot:1')
        expect((await store.unsettled()).map(({ trigger }) => trigger)).toEqual(['a', 'c'])
        expect((await store.unsettled()).at(-1)).toMatchObject({ channel: undefined, responseUrl: undefined })
        expect(await store.accept(command('b'), 'bot:1')).toBe(false)
      })

      const left = async () => (await store.leftCommands()).map(({ trigger }) => trigger)

      test('what one acts on nobody else takes up, unless no more than one bot can live', async () => {
        const other = await open()
        await store.accept(command('t1'), 'bot:1')
        expect(await left()).toEqual(store.isShared ? [] : ['t1'])
        expect(await other.takeCommand('t1', 'bot:2')).toBe(!store.isShared)
        clock.forward(15_001)
        expect(await left()).toEqual(['t1'])
        expect(await other.takeCommand('t1', 'bot:2')).toBe(true)
        expect(await store.keepCommands('bot:1', ['t1'])).toEqual([])
        expect(await other.keepCommands('bot:2', ['t1', 'none'])).toEqual(['t1'])
        expect(await store.settle('t1', 'bot:1')).toBe(false)
        expect(await left()).toEqual(store.isShared ? [] : ['t1'])
        expect(await other.settle('t1', 'bot:2')).toBe(true)
        expect(await other.settle('t1', 'bot:2')).toBe(true)
        expect(await other.keepCommands('bot:2', ['t1'])).toEqual([])
        expect(await left()).toEqual([])
        expect(await store.takeCommand('t1', 'bot:1')).toBe(false)
        expect(await store.takeCommand('none', 'bot:1')).toBe(false)
      })

      const effects: readonly [keyof Effects, (effects: Effects) => Promise<unknown>][] = [
        ['create', by => by.create(newDeployment('d2'))],
        ['createAfter', by => by.createAfter('d1', newDeployment('d2'))],
        ['decide', by => by.decide('d1', { kind: 'rejected', by: 'U02BOB' }, 't1')],
        ['giveUp', by => by.giveUp('asks', { kind: 'config-changed' })],
        ['cancel', by => by.cancel('d1', 'U02BOB', 't1')],
        ['answer', by => by.answer('d1', { kind: 'answered', answer: 'leave', by: 'U02BOB' }, 't1', [])],
        ['setHold', by => by.setHold({ target: app, by: 'U', reason: '', forMs: undefined, trigger: 't1' })],
        ['endHold', by => by.endHold(app, 'U02BOB', 't1')],
        ['audit', by => by.audit(unlocked, 't1')],
      ]
      const unlocked = { actor: 'U', action: 'unlock', target: 'app', decision: 'not-held', detail: '' }

      test.each(effects)('%s comes of a command only as long as it is one’s own', async (_, act) => {
        const other = await open()
        await store.create(newDeployment('d1', { service: 'other' }))
        await store.create({ ...newDeployment('asks', { service: 'third' }), approval })
        for (const trigger of ['t1', 't2']) await store.accept(command(trigger), 'bot:1')
        clock.forward(15_001)
        expect(await other.takeCommand('t1', 'bot:2')).toBe(true)
        const written = async () => [
          await store.unfinished(),
          await store.find('asks'),
          await store.hold(app),
          await store.audited(0, 9),
        ]
        const before = await written()
        await expect(act(store.actingOn('t1', 'bot:1'))).rejects.toThrow(TakenOver)
        await other.settle('t1', 'bot:2')
        await expect(act(store.actingOn('t1', 'bot:2'))).rejects.toThrow(TakenOver)
        expect(await written()).toEqual(before)
        await act(store.actingOn('t2', 'bot:1'))
        await act(store.actingOn('cli-1', 'cli:1'))
      })

      test('what its owner keeps is not left, of those that it names', async () => {
        for (const trigger of ['t1', 't2']) await store.accept(command(trigger), 'bot:1')
        clock.forward(14_000)
        expect(await store.keepCommands('bot:1', ['t2'])).toEqual(['t2'])
        expect(await store.keepCommands('bot:1', [])).toEqual([])
        clock.forward(1_001)
        expect(await left()).toEqual(store.isShared ? ['t1'] : ['t1', 't2'])
      })

      test('of many who take one up at once, one does', async () => {
        const other = await open()
        await store.accept(command('t1'), 'bot:0')
        clock.forward(15_001)
        const taken = await Promise.all(
          [1, 2, 3, 4, 5, 6].map(n => (n % 2 ? store : other).takeCommand('t1', `bot:${n}`)),
        )
        // The only bot of records that are not shared asks for one at a time.
        if (store.isShared) expect(taken.filter(isMine => isMine)).toHaveLength(1)
      })

      test('what an owner that ends releases is left at once: its own, deployments, too', async () => {
        for (const n of [1, 2]) {
          await store.accept(command(`t${n}`), `bot:${n}`)
          await store.create(newDeployment(`d${n}`, { service: `s${n}`, hosts: [host(`h${n}`)] }))
          await store.claim(`d${n}`, `bot:${n}`)
        }
        await store.release('bot:1')
        expect(await left()).toEqual(store.isShared ? ['t1'] : ['t1', 't2'])
        const orphans = (await store.orphans('bot:3')).map(({ id }) => id)
        expect(orphans).toEqual(store.isShared ? ['d1'] : ['d1', 'd2'])
      })

      test.each([
        ['NUL', 'a\0b'],
        ['half a surrogate pair', 'a\ud800'],
        ['a bidi override', 'ma\u202ein'],
        ['quotes', `'"\``],
        ['40 kB', 'x'.repeat(40_000)],
        ['nothing', ''],
      ])('a text with %s comes back as it was typed', async (_, text) => {
        await store.accept({ ...command('t1'), text }, 'bot:1')
        expect((await store.unsettled())[0]?.text).toBe(text)
      })
    })

    test('F11: records that are an older copy catch up: no number up to one that hosts have seen is given', async () => {
      const other = await open()
      await store.create(newDeployment('d1'))
      const first = (await store.claim('d1', 'bot'))?.fence ?? 0
      expect(await other.lastFence()).toBe(first)
      await store.raiseFence(57, 'cli:ada')
      expect(await other.lastFence()).toBe(57)
      await other.raiseFence(40, 'cli:ada')
      expect(await store.lastFence()).toBeGreaterThanOrEqual(57)
      await store.append('d1', ended('failed'))
      await store.create(newDeployment('d2'))
      expect((await other.claim('d2', 'bot'))?.fence).toBeGreaterThan(57)
      expect((await store.audited(0, 9)).map(({ actor, action, detail }) => [actor, action, detail])).toEqual(
        [['cli:ada', 'catch-up', `fence ${first} to 57`]],
      )
    })

    test('F11: to catch up stops what waits, each told and audited, once; what runs goes on', async () => {
      await store.create(newDeployment('d1'))
      await store.create(newDeployment('d2'))
      await store.create(newDeployment('d3', { service: 'b', hosts: [host('web2')] }))
      await store.claim('d3', 'bot')
      expect((await store.raiseFence(57, 'cli:ada')).map(({ id }) => id)).toEqual(['d1', 'd2'])
      expect(await store.raiseFence(57, 'cli:ada')).toEqual([])
      expect(await store.find('d1')).toMatchObject({ status: 'cancelled', cancelledBy: 'cli:ada' })
      expect((await store.events('d2')).map(({ event }) => event.kind)).toEqual(['cancel-asked', 'ended'])
      expect((await store.unfinished()).map(({ id }) => id)).toEqual(['d3'])
      expect(await store.find('d3')).toMatchObject({ status: 'running', cancelledBy: undefined })
      expect((await store.audited(0, 9)).map(({ actor, action, detail }) => [actor, action, detail])).toEqual(
        [
          ['cli:ada', 'catch-up', 'fence 1 to 57'],
          ['cli:ada', 'cancel', 'd1'],
          ['cli:ada', 'cancel', 'd2'],
        ],
      )
    })

    test('the audit is read in its order, a page at a time', async () => {
      const row = { actor: 'U01ALICE', action: 'deploy', decision: 'accepted', detail: 'a\0b' }
      expect(await store.audited(0, 10)).toEqual([])
      for (const target of ['app', undefined, 'api']) {
        await store.audit({ ...row, target })
        clock.forward(5)
      }
      const at = clock.now() - 15
      const first = { ...row, detail: 'a\\u0000b', target: 'app', n: 1, at }
      expect(await (await open()).audited(0, 2)).toEqual([
        first,
        { ...first, target: undefined, n: 2, at: at + 5 },
      ])
      expect((await store.audited(2, 2)).map(({ n, target }) => [n, target])).toEqual([[3, 'api']])
    })

    test('G9: of what comes of one command each decision is audited once, without a gap, whoever says it again', async () => {
      const other = await open()
      const row = { actor: 'U01ALICE', action: 'lock', target: 'app', decision: 'accepted', detail: '' }
      await Promise.all(
        [1, 2, 3, 4].map(n => (n % 2 ? store : other).audit({ ...row, detail: String(n) }, 't1')),
      )
      await other.audit({ ...row, decision: 'held' }, 't1')
      await store.audit(row, 't2')
      await store.audit(row)
      await store.audit(row)
      const said = (await store.audited(0, 10)).map(({ n, decision }) => [n, decision])
      expect(said).toEqual([
        [1, 'accepted'],
        [2, 'held'],
        [3, 'accepted'],
        [4, 'accepted'],
        [5, 'accepted'],
      ])
    })

    describe('a deployment', () => {
      test('is queued with all that was ordered, and found again by another store', async () => {
        const asked = { ...newDeployment('d1'), changes }
        const { kind, deployment: made } = await store.create(asked)
        expect(kind).toBe('made')
        expect(made).toEqual({
          id: 'd1',
          sequence: 1,
          order: asked.order,
          ref: 'main',
          isRollback: false,
          changes,
          requestedBy: 'U01ALICE',
          origin: { kind: 'slack', channel: 'C01GEN' },
          status: 'queued',
          createdAt: clock.now(),
          startedAt: undefined,
          endedAt: undefined,
          cancelledBy: undefined,
          resumes: 0,
        })
        expect(await (await open()).find('d1')).toEqual(made)
        expect(await store.find('d2')).toBeUndefined()
      })

      test('is made once for a trigger: the second call gives the first one', async () => {
        const first = await store.create(newDeployment('d1', { trigger: 't' }))
        const second = await store.create(newDeployment('d2', { trigger: 't', service: 'other' }))
        expect(first.kind).toBe('made')
        expect(second).toEqual({ kind: 'known', deployment: first.deployment })
        expect(await store.find('d2')).toBeUndefined()
        const third = await store.create(newDeployment('d3'))
        expect(third.deployment.sequence).toBeGreaterThan(first.deployment.sequence)
      })

      test.each<[string, (of: string) => Promise<unknown>]>([
        ['waits for its turn', async () => {}],
        ['runs', of => store.claim(of, 'bot')],
        [
          'has begun and ended',
          async of => {
            await store.claim(of, 'bot')
            await store.append(of, ended('failed'))
          },
        ],
      ])('is not made after the one that was decided upon when a later one %s', async (_, begin) => {
        await store.create(newDeployment('d1'))
        await store.append('d1', ended('succeeded'))
        for (const [id, last, service] of [
          ['d2', undefined, 'app'],
          ['first', undefined, 'other'],
        ] as const) {
          const made = await store.createAfter(last, newDeployment(id, { service }))
          expect(made).toEqual({ kind: 'made', deployment: await store.find(id) })
        }
        await begin('d2')
        const again = await store.createAfter('d1', newDeployment('d3'))
        expect(again).toEqual({ kind: 'overtaken', deployment: await store.find('d2') })
        expect(await store.find('d3')).toBeUndefined()
        const repeated = await store.createAfter('d1', newDeployment('d2'))
        expect(repeated).toEqual({ kind: 'known', deployment: await store.find('d2') })
        expect((await store.createAfter('d2', newDeployment('d4'))).kind).toBe('made')
      })

      test('is not asked for again while the same order of the target awaits its approval', async () => {
        const asking = (id: string, about: Partial<NewDeployment> = {}) =>
          store.createAfter(undefined, { ...newDeployment(id), isRollback: true, approval, ...about })
        await store.create({ ...newDeployment('ordinary'), approval })
        expect((await asking('d1')).kind).toBe('made')
        expect(await asking('d2')).toEqual({ kind: 'asked', deployment: await store.find('d1') })
        expect(await store.find('d2')).toBeUndefined()
        expect((await asking('d3', { approval: { ...approval, hash: 'h2' } })).kind).toBe('made')
        const { order } = newDeployment('', { service: 'other' })
        expect((await asking('d4', { order })).kind).toBe('made')
        clock.forward(1_000)
        expect((await asking('d5')).kind).toBe('made')
        await store.decide('d5', { kind: 'rejected', by: 'U02BOB' }, 'click')
        expect((await asking('d6')).kind).toBe('made')
      })

      test('is made after what was decided upon by one of many who ask at once', async () => {
        const other = await open()
        const asked = Array.from({ length: 10 }, (_, n) => newDeployment(`d${n}`))
        const made = await Promise.all(
          asked.map((each, n) => (n % 2 ? store : other).createAfter(undefined, each)),
        )
        expect(made.filter(({ kind }) => kind === 'made')).toHaveLength(1)
        expect(new Set(made.map(({ deployment }) => deployment.id)).size).toBe(1)
        expect(await store.unfinished()).toHaveLength(1)
      })

      test('keeps its events in their order, with their times', async () => {
        await store.create(newDeployment('d1'))
        await store.create(newDeployment('d2'))
        const events: DeploymentEvent[] = [
          { kind: 'started', fence: 1 },
          step,
          { kind: 'ended', ending: 'succeeded', durationMs: 1_900 },
        ]
        for (const event of events) {
          await store.append('d1', event)
          clock.forward(5)
        }
        const began = clock.now() - 15
        expect(await store.events('d1')).toEqual(events.map((event, n) => ({ at: began + n * 5, event })))
        expect(await store.events('d2')).toEqual([])
      })

      test('loses and doubles no event when two stores append at once', async () => {
        await store.create(newDeployment('d1'))
        const other = await open()
        const numbers = Array.from({ length: 40 }, (_, n) => n)
        await Promise.all(
          numbers.map(fence => (fence % 2 ? store : other).append('d1', { kind: 'started', fence })),
        )
        const fences = (await store.events('d1')).map(({ event }) =>
          event.kind === 'started' ? event.fence : -1,
        )
        expect(fences.toSorted((a, b) => a - b)).toEqual(numbers)
      })

      test('keeps the last result of each host', async () => {
        await store.create(newDeployment('d1', { hosts: [host('web1'), host('web2')] }))
        await store.append('d1', hostEnded('web1', { status: 'untouched' }, 0))
        await store.append('d1', hostEnded('web1', succeeded('repo@sha256:aa'), 1_234.5))
        expect([...(await store.hostResults('d1'))]).toEqual([
          ['web1', { result: succeeded('repo@sha256:aa'), durationMs: 1_235 }],
        ])
        expect((await store.hostResults('d2')).size).toBe(0)
      })

      test('ends in the moment in which its end is among its events, and once: nothing changes it later', async () => {
        await store.create(newDeployment('d1'))
        const fence = (await store.claim('d1', 'bot'))?.fence
        clock.forward(1_900)
        expect(await store.append('d1', ended('failed'), fence)).toBe(true)
        const found = await store.find('d1')
        expect(found).toMatchObject({ status: 'failed', endedAt: clock.now() })
        clock.forward(1)
        expect(await store.append('d1', ended('succeeded'), fence)).toBe(false)
        expect(await store.append('d1', ended('succeeded'))).toBe(false)
        expect(await store.append('d1', hostEnded('web1', succeeded(undefined)), fence)).toBe(false)
        expect(await store.cancel(app, 'U02BOB', 'c1')).toBeUndefined()
        expect(await store.resume('d1', 'other')).toBeUndefined()
        expect(await store.find('d1')).toEqual(found)
        expect((await store.events('d1')).map(({ event }) => event)).toEqual([ended('failed')])
      })

      test('is still told of when it has ended: which commits it brought is looked up beside it', async () => {
        await store.create(newDeployment('d1'))
        await store.append('d1', ended('succeeded'))
        expect(await store.append('d1', { kind: 'changes', changes })).toBe(true)
      })

      test('does not listen to a run that another one has taken over from', async () => {
        await store.create(newDeployment('d1'))
        const stale = (await store.claim('d1', 'cli:alice'))?.fence
        clock.forward(15_001)
        const fence = (await store.resume('d1', 'bot:new'))?.fence
        const said = [step, hostEnded('web1', failed), ended('interrupted')]
        for (const event of said) expect(await store.append('d1', event, stale)).toBe(false)
        expect(await store.events('d1')).toEqual([])
        expect((await store.hostResults('d1')).size).toBe(0)
        expect((await store.find('d1'))?.status).toBe('running')
        for (const event of said) expect(await store.append('d1', event, fence)).toBe(true)
        expect((await store.find('d1'))?.status).toBe('interrupted')
      })

      test('is told no place in the queue that it has left', async () => {
        const place = { kind: 'queued', position: 1, behind: [] } as const
        await store.create(newDeployment('d1'))
        expect(await store.append('d1', place)).toBe(true)
        await store.claim('d1', 'cli:alice')
        expect(await store.append('d1', place)).toBe(false)
        expect(await store.events('d1')).toHaveLength(1)
      })

      test('is found by the command that made or stopped it', async () => {
        await store.create(newDeployment('d1', { trigger: 't1' }))
        await store.cancel(app, 'U02BOB', 'c1')
        await store.cancel(app, 'U02BOB', 'c2')
        expect(await store.doneBy('t1')).toEqual({ kind: 'accepted', deployment: await store.find('d1') })
        expect(await store.doneBy('c1')).toEqual({ kind: 'cancelled', deployment: await store.find('d1') })
        expect(await store.doneBy('c2')).toBeUndefined()
        expect(await store.doneBy('t2')).toBeUndefined()
      })
    })

    describe('what an end offers', () => {
      const back = { kind: 'rollback', revision: 'x', image: undefined, hosts: [] } as const
      const lock = { kind: 'lock', from: 'x' } as const
      async function endedWith(id: string, offer: Offer | undefined, more = {}) {
        await store.create({ ...newDeployment(id, more), isRollback: offer?.kind === 'lock' })
        await store.claim(id, 'bot')
        await store.append(id, { ...ended('succeeded'), ...(offer ? { offers: [offer] } : {}) })
      }
      const hold = { target: app, by: 'U02BOB', reason: 'x', forMs: 1_000, trigger: 'h' }

      test('stays until another deployment of the target begins, and is then taken back by one caller', async () => {
        await endedWith('d1', back)
        await store.create(newDeployment('d2'))
        await store.create(newDeployment('other', { service: 'other', hosts: [host('web2')] }))
        await store.claim('other', 'bot')
        await store.setHold(hold)
        expect(await store.withdraw()).toEqual([])
        await store.claim('d2', 'bot')
        const other = await open()
        const withdrawn = (await Promise.all([store.withdraw(), other.withdraw()])).flat()
        expect(withdrawn).toEqual([{ deployment: await store.find('d1'), events: [{ kind: 'withdrawn' }] }])
        expect((await store.events('d1')).map(({ event }) => event.kind)).toEqual(['ended', 'withdrawn'])
        expect(await store.withdraw()).toEqual([])
      })

      test('is taken back once somebody has asked for it and it awaits its approval', async () => {
        await endedWith('d1', back)
        await store.create({ ...newDeployment('d2'), approval })
        expect(await store.withdraw()).toEqual([])
        await store.create({ ...newDeployment('d3'), approval, isRollback: true })
        expect(await store.withdraw()).toMatchObject([{ deployment: { id: 'd1' } }])
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
        await store.claim('d2', 'bot')
        expect(await store.messages.untold(0)).toEqual([])
        await store.withdraw()
        expect((await store.messages.untold(0)).map(({ id }) => id)).toEqual(['d1'])
      })
    })

    describe('the start rule', () => {
      const web1 = host('web1')
      const web2 = host('web2')
      test.each([
        ['another service on another host', { service: 'b', hosts: [web2] }, true],
        ['another service on the same host', { service: 'b', hosts: [web1] }, false],
        ['another service that shares one of two hosts', { service: 'b', hosts: [web2, web1] }, false],
        ['the same target on other hosts', { hosts: [web2] }, false],
        ['the same service elsewhere', { environment: 'staging', hosts: [web2] }, true],
        ['one machine under two names', { service: 'b', hosts: [host('db', web1.address)] }, false],
        [
          'one machine, its name in capitals',
          { service: 'b', hosts: [host('db', 'WEB1.example.com')] },
          false,
        ],
        ['another port of one address', { service: 'b', hosts: [host('db', web1.address, 2222)] }, true],
        ['a name that moved', { service: 'b', hosts: [host('web1', '10.0.0.9')] }, false],
      ])('%s', async (_, second, maySecond) => {
        await store.create(newDeployment('first', { service: 'app', hosts: [web1] }))
        await store.create(newDeployment('second', second))
        const startable = async () => (await store.startable()).map(({ id }) => id)
        const ahead = async () => (await store.ahead('second')).map(({ id }) => id)
        expect(await startable()).toEqual(maySecond ? ['first', 'second'] : ['first'])
        expect(await ahead()).toEqual(maySecond ? [] : ['first'])
        await store.claim('first', 'bot')
        expect(await startable()).toEqual(maySecond ? ['second'] : [])
        expect(await ahead()).toEqual(maySecond ? [] : ['first'])
        expect((await store.claim('second', 'bot')) !== undefined).toBe(maySecond)
        await store.append('first', ended('succeeded'))
        expect(await startable()).toEqual(maySecond ? [] : ['second'])
        expect(await ahead()).toEqual([])
      })

      test('a deployment waits for a queued one too, so nobody overtakes on a shared host', async () => {
        await store.create(newDeployment('1', { service: 'a', hosts: [web1] }))
        await store.create(newDeployment('2', { service: 'b', hosts: [web1, web2] }))
        await store.create(newDeployment('3', { service: 'c', hosts: [web2] }))
        expect((await store.startable()).map(({ id }) => id)).toEqual(['1'])
        expect((await store.ahead('3')).map(({ id }) => id)).toEqual(['2'])
      })
    })

    describe('a claim', () => {
      test('starts the deployment and draws a number that grows with every claim and resume', async () => {
        await store.create(newDeployment('d1'))
        await store.create(newDeployment('d2', { service: 'b', hosts: [host('web2')] }))
        const first = await store.claim('d1', 'bot')
        expect(first?.deployment).toMatchObject({ status: 'running', startedAt: clock.now(), resumes: 0 })
        const second = await store.claim('d2', 'bot')
        clock.forward(15_001)
        const third = await store.resume('d1', 'other')
        expect(third?.deployment).toMatchObject({ status: 'running', resumes: 1 })
        const fences = [first, second, third].map(claimed => claimed?.fence ?? Number.NaN)
        expect(fences).toEqual([1, 2, 3])
        expect(third?.firstFence).toBe(1)
        clock.forward(15_001)
        expect(await store.resume('d1', 'one more')).toMatchObject({ fence: 4, firstFence: 1 })
      })

      test('is refused when it runs, has ended or is not there, and draws no number then', async () => {
        await store.create(newDeployment('d1'))
        await store.claim('d1', 'bot')
        expect(await store.claim('d1', 'bot')).toBeUndefined()
        await store.append('d1', ended('succeeded'))
        expect(await store.claim('d1', 'bot')).toBeUndefined()
        expect(await store.claim('nothing', 'bot')).toBeUndefined()
        await store.create(newDeployment('d2'))
        expect((await store.claim('d2', 'bot'))?.fence).toBe(2)
      })

      test('is taken over when its lease is over, by whoever is first', async () => {
        await store.create(newDeployment('d1'))
        expect(await store.resume('d1', 'bot:1')).toBeUndefined()
        await store.claim('d1', 'cli:alice')
        clock.forward(15_000)
        for (const owner of ['cli:bob', 'bot:1']) expect(await store.resume('d1', owner)).toBeUndefined()
        clock.forward(1)
        expect((await store.resume('d1', 'cli:bob'))?.deployment.resumes).toBe(1)
        for (const owner of ['cli:alice', 'bot:1']) expect(await store.resume('d1', owner)).toBeUndefined()
      })

      test('that is over is taken by one of many who try at once', async () => {
        const other = await open()
        await store.create(newDeployment('d1'))
        await store.claim('d1', 'cli:dead')
        clock.forward(15_001)
        const taken = await Promise.all(
          [1, 2, 3, 4, 5, 6].map(n => (n % 2 ? store : other).resume('d1', `cli:${n}`)),
        )
        expect(taken.filter(claimed => claimed)).toHaveLength(1)
      })

      test('of one’s own that was not answered is taken up by oneself', async () => {
        await store.create(newDeployment('d1'))
        const first = await store.claim('d1', 'bot:1')
        expect((await store.orphans('bot:1')).map(({ id }) => id)).toEqual(['d1'])
        const again = await store.resume('d1', 'bot:1')
        expect(again?.fence).toBeGreaterThan(first?.fence ?? Number.NaN)
      })

      test('of a bot is taken over by the next bot at once where there is one at a time, by a terminal only after the lease', async () => {
        await store.create(newDeployment('d1'))
        await store.claim('d1', 'bot:1')
        expect(await store.resume('d1', 'cli:bob')).toBeUndefined()
        expect((await store.resume('d1', 'bot:2')) === undefined).toBe(store.isShared)
        clock.forward(15_001)
        // On shared records a terminal goes by its own clock.
        expect((await store.resume('d1', 'cli:bob')) === undefined).toBe(store.isShared)
      })
    })

    describe('what a dead process left', () => {
      /** Of another bot's claims, whose lease is not over. */
      const bots = (...ids: readonly string[]) => (store.isShared ? [] : ids)
      const ids = async (owner: string) => (await store.orphans(owner)).map(({ id }) => id)
      beforeEach(async () => {
        for (const [id, owner] of [
          ['1', 'bot:old'],
          ['2', 'cli:alice'],
          ['3', 'bot:mine'],
          ['4', undefined],
        ] as const) {
          await store.create(newDeployment(id, { service: `s${id}`, hosts: [host(`h${id}`)] }))
          if (owner !== undefined) await store.claim(id, owner)
        }
      })

      test('is what has no lease any more, and to the only bot another bot’s at once', async () => {
        expect(await ids('bot:new')).toEqual(bots('1', '3'))
        clock.forward(15_000)
        expect(await ids('bot:new')).toEqual(bots('1', '3'))
        expect(await ids('cli:bob')).toEqual([])
        clock.forward(1)
        expect(await ids('bot:new')).toEqual(['1', '2', '3'])
        expect(await ids('cli:bob')).toEqual(store.isShared ? ['2'] : ['1', '2', '3'])
      })

      test('is not what its owner renews, for those of its own that it names', async () => {
        clock.forward(14_000)
        expect(await store.renew('cli:alice', ['1', '2', '4', 'none'])).toEqual(['2'])
        expect(await store.renew('bot:mine', [])).toEqual([])
        clock.forward(14_000)
        expect(await ids('bot:new')).toEqual(['1', '3'])
        clock.forward(1_001)
        expect(await ids('bot:new')).toEqual(['1', '2', '3'])
      })

      test('is what it is when somebody takes it up: an owner that woke meanwhile keeps its own', async () => {
        clock.forward(15_001)
        expect(await ids('bot:new')).toEqual(['1', '2', '3'])
        expect(await store.renew('cli:alice', ['2'])).toEqual(['2'])
        expect(await store.resume('2', 'bot:new')).toBeUndefined()
        expect(await store.resume('4', 'bot:new')).toBeUndefined()
        expect((await store.resume('1', 'bot:new'))?.deployment.resumes).toBe(1)
        clock.forward(15_001)
        expect((await store.resume('2', 'bot:new'))?.deployment.resumes).toBe(1)
      })

      test('is gone when somebody took it up or it ended, and renewing does not bring it back', async () => {
        clock.forward(15_001)
        await store.resume('1', 'bot:new')
        await store.append('2', ended('interrupted'))
        expect(await store.renew('bot:old', ['1'])).toEqual([])
        expect(await store.renew('cli:alice', ['2'])).toEqual([])
        expect(await ids(store.isShared ? 'bot:other' : 'cli:bob')).toEqual(['3'])
        expect((await store.find('2'))?.status).toBe('interrupted')
      })
    })

    describe('a cancel', () => {
      test('ends a queued deployment at once and lets the next one start', async () => {
        await store.create(newDeployment('d1'))
        await store.create(newDeployment('d2', { service: 'b' }))
        const cancelled = await store.cancel(app, 'U02BOB', 'c1')
        expect(cancelled).toEqual({ deployment: await store.find('d1'), events: [byBob, ended('cancelled')] })
        expect(cancelled?.deployment).toMatchObject({
          id: 'd1',
          status: 'cancelled',
          cancelledBy: 'U02BOB',
          endedAt: clock.now(),
        })
        expect((await store.events('d1')).map(({ event }) => event)).toEqual(cancelled?.events)
        expect((await store.startable()).map(({ id }) => id)).toEqual(['d2'])
        expect(await store.claim('d1', 'bot')).toBeUndefined()
      })

      test('marks a running deployment, which goes on until it ends; the first who asked is kept', async () => {
        await store.create(newDeployment('d1'))
        await store.claim('d1', 'bot')
        await store.cancel(app, 'U02BOB', 'c1')
        const again = await store.cancel(app, 'U03EVE', 'c2')
        expect(again?.deployment).toMatchObject({
          id: 'd1',
          status: 'running',
          cancelledBy: 'U02BOB',
          endedAt: undefined,
        })
        expect(again?.events).toEqual([{ kind: 'cancel-asked', by: 'U03EVE' }])
        await store.create(newDeployment('d2'))
        expect(await store.startable()).toEqual([])
      })

      test('after another stops the next one that nobody has stopped', async () => {
        for (const id of ['d1', 'd2', 'd3']) await store.create(newDeployment(id))
        await store.claim('d1', 'bot')
        const stopped = []
        for (const trigger of ['c1', 'c2', 'c3', 'c4'])
          stopped.push((await store.cancel(app, 'U02BOB', trigger))?.deployment)
        expect(stopped.map(deployment => deployment?.id)).toEqual(['d1', 'd2', 'd3', 'd1'])
        expect(stopped.map(deployment => deployment?.status)).toEqual([
          'running',
          'cancelled',
          'cancelled',
          'running',
        ])
      })

      test('G4: delivered again stops nothing more and gives the same one, whatever was queued since', async () => {
        for (const id of ['d1', 'd2']) await store.create(newDeployment(id))
        const first = await store.cancel(app, 'U02BOB', 'c1')
        expect(await (await open()).cancel(app, 'U02BOB', 'c1')).toEqual({ ...first, events: [] })
        expect((await store.events('d1')).map(({ event }) => event)).toEqual(first?.events)
        expect((await store.unfinished()).map(({ id }) => id)).toEqual(['d2'])
      })

      test('of one by its id leaves the one before it alone', async () => {
        await store.create(newDeployment('d1'))
        await store.create(newDeployment('d2'))
        await store.claim('d1', 'bot')
        expect((await store.cancel('d2', 'U02BOB', 'c1'))?.deployment).toMatchObject({
          id: 'd2',
          status: 'cancelled',
        })
        expect(await store.cancel('d2', 'U02BOB', 'c2')).toBeUndefined()
        expect(await store.find('d1')).toMatchObject({ status: 'running', cancelledBy: undefined })
        expect(await store.cancel('nothing', 'U02BOB', 'c3')).toBeUndefined()
      })

      test('finds nothing where nothing is under way, and does not find it later', async () => {
        await store.create(newDeployment('d1', { environment: 'staging' }))
        expect(await store.cancel(app, 'U02BOB', 'c1')).toBeUndefined()
        await store.create(newDeployment('d2'))
        expect(await store.cancel(app, 'U02BOB', 'c1')).toBeUndefined()
        expect((await store.find('d2'))?.status).toBe('queued')
      })
    })

    describe('looking back', () => {
      test('history is newest first, of one service or of all, and no longer than asked', async () => {
        for (const [id, service] of [
          ['1', 'a'],
          ['2', 'b'],
          ['3', 'a'],
          ['4', 'a'],
        ] as const) {
          await store.create(newDeployment(id, { service }))
        }
        const ids = async (service: string | undefined, limit: number) =>
          (await store.history({ service, limit })).map(({ id }) => id)
        expect(await ids(undefined, 10)).toEqual(['4', '3', '2', '1'])
        expect(await ids('a', 2)).toEqual(['4', '3'])
        expect(await ids('nothing', 10)).toEqual([])
      })

      test('the newest of a target by status, and what is unfinished', async () => {
        for (const id of ['1', '2', '3']) await store.create(newDeployment(id))
        await store.create(newDeployment('4', { environment: 'staging' }))
        for (const id of ['1', '2']) {
          await store.claim(id, 'bot')
          await store.append(id, ended('succeeded'))
        }
        expect((await store.latest(app, 'succeeded'))?.id).toBe('2')
        expect(await store.latest(app, 'failed')).toBeUndefined()
        expect((await store.unfinished()).map(({ id }) => id)).toEqual(['3', '4'])
      })

      test('the attempts of a target are its newest deployments, with how each host ended', async () => {
        expect(await store.attempts(app, 10)).toEqual([])
        for (const id of ['1', '2', '3']) {
          await store.create({
            ...newDeployment(id, { hosts: [host('web1'), host('web2')] }),
            isRollback: id === '2',
          })
        }
        await store.create(newDeployment('4', { environment: 'staging' }))
        await store.append('1', hostEnded('web1', succeeded('repo@sha256:aa')))
        await store.append('2', hostEnded('web1', failed))
        await store.append('2', hostEnded('web2', { status: 'untouched' }))
        await store.append('2', ended('failed'))
        const attempts = await store.attempts(app, 10)
        expect(attempts.map(({ deployment }) => deployment)).toEqual([
          await store.find('3'),
          await store.find('2'),
          await store.find('1'),
        ])
        expect(attempts.map(({ deployment }) => deployment.isRollback)).toEqual([false, true, false])
        expect(attempts.map(({ results }) => Object.fromEntries(results))).toEqual([
          {},
          { web1: failed, web2: { status: 'untouched' } },
          { web1: succeeded('repo@sha256:aa') },
        ])
        expect((await store.attempts(app, 1)).map(({ deployment }) => deployment.id)).toEqual(['3'])
      })

      test('the recorded digest is that of the last host that succeeded with one', async () => {
        expect(await store.recordedDigest(app)).toBeUndefined()
        for (const id of ['1', '2', '3', '4']) await store.create(newDeployment(id))
        await store.create(newDeployment('5', { environment: 'staging' }))
        await store.append('1', hostEnded('web1', succeeded('repo@sha256:aa')))
        await store.append('2', hostEnded('web1', succeeded('repo@sha256:bb')))
        await store.append('3', hostEnded('web1', succeeded(undefined)))
        await store.append('4', hostEnded('web1', failed))
        await store.append('5', hostEnded('web1', succeeded('repo@sha256:cc')))
        expect(await store.recordedDigest(app)).toBe('repo@sha256:bb')
      })
    })

    describe('what Slack shows', () => {
      const told: Told = {
        deployment: 'd1',
        channel: 'C01GEN',
        parent: '1700000000.000100',
        lines: 3,
        final: false,
        reposted: true,
        barred: ['C02OPS'],
        done: false,
      }
      const blank = { channel: undefined, parent: undefined, lines: 0, reposted: false, barred: [] }

      test('is remembered as it was last saved', async () => {
        await store.create(newDeployment('d1'))
        const turn = await turnOf(store)
        expect(await store.messages.told('d1')).toBeUndefined()
        await turn.save({ ...told, ...blank })
        expect(await store.messages.told('d1')).toEqual({ ...told, ...blank })
        await turn.save(told)
        expect(await store.messages.told('d1')).toEqual(told)
      })

      test('is lacking for all that is unfinished and all that has ended since, until it is done', async () => {
        const ids = async (since: number) => (await store.messages.untold(since)).map(({ id }) => id)
        for (const id of ['old', 'old-ended', 'long']) await store.create(newDeployment(id, { service: id }))
        await store.append('old-ended', ended('failed'))
        clock.forward(1_000)
        const since = clock.now()
        for (const id of ['new', 'new-ended']) await store.create(newDeployment(id, { service: id }))
        await store.append('new-ended', ended('failed'))
        clock.forward(1)
        await store.append('long', ended('succeeded'))
        expect(await ids(since)).toEqual(['old', 'new', 'new-ended', 'long'])
        const turn = await turnOf(store)
        await turn.save({ ...told, deployment: 'new' })
        await turn.save({ ...told, deployment: 'new-ended', done: true })
        expect(await ids(since)).toEqual(['old', 'new', 'long'])
      })

      test('is lacking again once something is recorded after the end was told', async () => {
        await store.create(newDeployment('d1'))
        await store.append('d1', ended('failed'))
        await (await turnOf(store)).save({ ...told, lines: 1, done: true })
        expect(await store.messages.untold(0)).toEqual([])
        await store.append('d1', { kind: 'cancel-asked', by: 'U02BOB' })
        expect(await store.messages.untold(0)).toEqual([{ id: 'd1', events: 2 }])
      })

      test('follows from what is recorded, in the order of the records', async () => {
        const other = await open()
        const { deployment } = await store.create(newDeployment('d1'))
        expect(await store.messages.news('d1', 0)).toEqual({ deployment, told: undefined, events: [] })
        const events = ['U01ALICE', 'U02BOB', 'U03CAROL'].map(by => ({ kind: 'cancel-asked', by }) as const)
        for (const [n, event] of events.entries()) await (n === 1 ? other : store).append('d1', event)
        await (await turnOf(store)).save(told)
        expect(await other.messages.news('d1', 1)).toEqual({ deployment, told, events: events.slice(1) })
      })
    })

    describe('two stores at once', () => {
      const hundred = Array.from({ length: 100 }, (_, n) => n)

      test('G4: of a hundred commands, each given to both, each is accepted by one', async () => {
        const other = await open()
        const answers = await Promise.all(
          hundred.flatMap(n => [
            store.accept(command(`t${n}`), 'bot:1'),
            other.accept(command(`t${n}`), 'bot:1'),
          ]),
        )
        expect(answers.filter(isNew => isNew)).toHaveLength(100)
        for (const n of hundred) expect(answers[2 * n]).not.toBe(answers[2 * n + 1])
        expect(await store.unsettled()).toHaveLength(100)
      })

      test('G4: of fifty cancels, each given to both, each stops one of a hundred', async () => {
        const other = await open()
        for (const n of hundred) await store.create(newDeployment(`d${n}`))
        const fifty = hundred.slice(0, 50)
        const answers = await Promise.all(
          fifty.flatMap(n => [store.cancel(app, 'U02BOB', `c${n}`), other.cancel(app, 'U02BOB', `c${n}`)]),
        )
        expect(await store.unfinished()).toHaveLength(50)
        for (const n of fifty) {
          const both = [answers[2 * n], answers[2 * n + 1]]
          expect(new Set(both.map(answer => answer?.deployment.id)).size).toBe(1)
          expect(both.flatMap(answer => answer?.events ?? [])).toHaveLength(2)
        }
      })

      test('of fifty cancels at once, behind a deployment that runs, each stops another one', async () => {
        const other = await open()
        const fifty = hundred.slice(0, 50)
        for (const n of fifty) await store.create(newDeployment(`d${n}`))
        await store.claim('d0', 'bot')
        const stopped = await Promise.all(
          fifty.map(n => (n % 2 ? store : other).cancel(app, 'U02BOB', `c${n}`)),
        )
        expect(new Set(stopped.map(each => each?.deployment.id)).size).toBe(50)
        expect((await store.unfinished()).map(({ id, cancelledBy }) => [id, cancelledBy])).toEqual([
          ['d0', 'U02BOB'],
        ])
      })

      test('a cancel at the moment of the claim is either in time or known to the run', async () => {
        const other = await open()
        for (const n of hundred.slice(0, 30)) {
          const id = `d${n}`
          await store.create(newDeployment(id))
          const claiming = store.claim(id, 'bot')
          const [claimed, cancelled] = await Promise.all([claiming, other.cancel(id, 'U02BOB', `c${n}`)])
          expect(cancelled?.deployment.id).toBe(id)
          const now = await store.find(id)
          expect(now).toMatchObject({ status: claimed ? 'running' : 'cancelled', cancelledBy: 'U02BOB' })
          await store.append(id, ended('cancelled'), claimed?.fence)
        }
      })

      test('a cancel at the moment of an end stops that one or the next, and never nothing', async () => {
        const other = await open()
        for (const n of hundred.slice(0, 30)) {
          await store.create(newDeployment(`d${n}`))
          await store.create(newDeployment(`e${n}`))
          const [, cancelled] = await Promise.all([
            store.append(`d${n}`, ended('succeeded')),
            other.cancel(app, 'U02BOB', `c${n}`),
          ])
          expect([`d${n}`, `e${n}`]).toContain(cancelled?.deployment.id)
          await store.append(`e${n}`, ended('succeeded'))
        }
      })

      test('G4: of a hundred deployments, each made by both, each is there once, in one sequence', async () => {
        const other = await open()
        const made = await Promise.all(
          hundred.flatMap(n =>
            [store, other].map((each, which) =>
              each.create(newDeployment(`d${n}-${which}`, { trigger: `t${n}`, service: `s${n}` })),
            ),
          ),
        )
        for (const n of hundred) {
          const [one, another] = made.slice(2 * n, 2 * n + 2)
          expect(one?.deployment).toEqual(another?.deployment)
          expect([one?.kind, another?.kind].toSorted()).toEqual(['known', 'made'])
        }
        const sequences = (await store.unfinished()).map(({ sequence }) => sequence)
        expect(new Set(sequences).size).toBe(100)
        expect(sequences).toEqual(sequences.toSorted((a, b) => a - b))
      })

      test('G1: a hundred deployments, each claimed by both, start once each, with a number of their own', async () => {
        const other = await open()
        for (const n of hundred) {
          await store.create(newDeployment(`d${n}`, { service: `s${n}`, hosts: [host(`h${n}`)] }))
        }
        const claims = await Promise.all(
          hundred.flatMap(n => [store.claim(`d${n}`, 'one'), other.claim(`d${n}`, 'two')]),
        )
        const won = claims.filter(claimed => claimed !== undefined)
        expect(won).toHaveLength(100)
        expect(new Set(won.map(({ deployment }) => deployment.id)).size).toBe(100)
        expect(new Set(won.map(({ fence }) => fence)).size).toBe(100)
      })

      test('G1: of a hundred deployments of one host, claimed by both at once, only the first starts', async () => {
        const other = await open()
        for (const n of hundred) await store.create(newDeployment(`d${n}`, { service: `s${n}` }))
        const claims = await Promise.all(
          hundred.flatMap(n => [other.claim(`d${99 - n}`, 'two'), store.claim(`d${99 - n}`, 'one')]),
        )
        expect(claims.flatMap(claimed => (claimed ? [claimed.deployment.id] : []))).toEqual(['d0'])
      })
    })
  })
}

function command(trigger: string): Command {
  return {
    trigger,
    actor: 'U01ALICE',
    text: 'app main',
    channel: 'C01GEN',
    responseUrl: 'https://hooks.slack.com/commands/T/1/x',
    receivedAt: 1_700_000_000_000,
  }
}

const changes = {
  from: '1'.repeat(40),
  commits: [{ revision: '2'.repeat(40), author: 'Ann', subject: 'Fix <!channel> `quotes` \u0007' }],
  total: 12,
  removed: 0,
  compareUrl: undefined,
}

function turnOf(store: OpenStore): Promise<Turn> {
  return new Promise(resolve => {
    const turns = store.messages.takeTurns('bot:1', resolve)
    onTestFinished(turns.release)
  })
}

const allTold: Omit<Told, 'deployment'> = {
  channel: 'C01GEN',
  parent: '1.0',
  lines: 1,
  final: true,
  reposted: false,
  barred: [],
  done: true,
}

function succeeded(digest: string | undefined): HostResult {
  return { status: 'succeeded', proof: 'served', previous: undefined, digest }
}

function ended(ending: Ending): DeploymentEvent & { readonly kind: 'ended' } {
  return { kind: 'ended', ending, durationMs: 0 }
}

function hostEnded(host: string, result: HostResult, durationMs = 1): DeploymentEvent {
  return { kind: 'host-ended', host, result, durationMs }
}

const step: DeploymentEvent = {
  kind: 'step',
  host: 'web1',
  step: 'fetch',
  outcome: { status: 'ok', output: 'a\0b', durationMs: 16 },
}

const byBob: DeploymentEvent = { kind: 'cancel-asked', by: 'U02BOB' }

const failed: HostResult = {
  status: 'failed',
  step: 'fetch',
  because: { kind: 'exit', code: 128, output: 'fatal: …' },
  now: undefined,
}
