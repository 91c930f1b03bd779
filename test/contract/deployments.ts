import { describe, expect, test } from 'vitest'
import type { DeploymentEvent } from '../../src/event.ts'
import type { NewDeployment } from '../../src/ports/records/creation.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { type HandClock, host, newDeployment } from './orders.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'
import { app, approval, begun, ended, failed, hostEnded, step, succeeded } from './samples.ts'

const changes = {
  from: '1'.repeat(40),
  commits: [{ revision: '2'.repeat(40), author: 'Ann', subject: 'Fix <!channel> `quotes` \u0007' }],
  total: 12,
  removed: 0,
  compareUrl: undefined,
}

/** What is ordered, and what is recorded of it. */
export function deploymentContract(empty: () => Promise<EmptyRecords>): void {
  describe('a deployment', () => {
    let clock: HandClock
    let store: OpenStore
    let open: () => Promise<OpenStore>
    onEmptyRecords(empty, async (hand, opened) => {
      clock = hand
      open = opened
      store = await open()
    })

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
          await begun(store, of)
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
}
