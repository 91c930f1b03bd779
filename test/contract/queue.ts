import { beforeEach, describe, expect, test } from 'vitest'
import type { DeploymentEvent } from '../../src/event.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { type HandClock, host, newDeployment } from './orders.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'
import { ended } from './samples.ts'

/** Who may start, who runs it, who takes it over. */
export function queueContract(empty: () => Promise<EmptyRecords>): void {
  describe('the queue', () => {
    let clock: HandClock
    let store: OpenStore
    let open: () => Promise<OpenStore>
    onEmptyRecords(empty, async (hand, opened) => {
      clock = hand
      open = opened
      store = await open()
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
        expect(first?.deployment).toMatchObject({ status: 'running', startedAt: undefined, resumes: 0 })
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

      test.each<[string, DeploymentEvent]>([
        ['begins', { kind: 'started', fence: 1 }],
        ['goes on with what a dead process may have begun', { kind: 'resumed', fence: 1, found: [] }],
      ])('is no beginning yet: its run says when it %s', async (_, event) => {
        await store.create(newDeployment('d1'))
        const claimed = await store.claim('d1', 'bot')
        clock.forward(1_000)
        await store.append('d1', event, claimed?.fence)
        const began = clock.now()
        expect((await store.find('d1'))?.startedAt).toBe(began)
        clock.forward(1_000)
        await store.append('d1', { kind: 'resumed', fence: 1, found: [] }, claimed?.fence)
        expect((await store.find('d1'))?.startedAt).toBe(began)
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
  })
}
