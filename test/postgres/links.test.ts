import { beforeEach, describe, expect, it, test, vi } from 'vitest'
import type { Claimed } from '../../src/ports/records/queue.ts'
import { OutcomeUnknown } from '../../src/ports/store.ts'
import { runRecord } from '../../src/run/record.ts'
import { NEVER } from '../../src/run/stop.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { newDeployment } from '../contract/orders.ts'
import { type Cable, cabledStore } from './cable.ts'
import type { Database } from './databases.ts'

let database: Database
let cable: Cable
let store: OpenStore
beforeEach(async () => {
  const made = await cabledStore()
  database = made.database
  cable = made.cable
  store = made.store
  await store.create(newDeployment('d1'))
})

describe('a link that is cut while a write is committed', () => {
  test.each(['before', 'after'] as const)('%s the server has it: it is there once', async moment => {
    const cut = cable.cutAtCommit(moment)
    const done = store.append('d1', { kind: 'cancel-asked', by: 'U02BOB' })
    await cut
    expect(await done).toBe(true)
    expect((await store.events('d1')).map(({ event }) => event)).toEqual([
      { kind: 'cancel-asked', by: 'U02BOB' },
    ])
  })
})

test('whose connections the server ends goes on, and nothing is lost or doubled', async () => {
  let isOver = false
  async function kill(): Promise<void> {
    while (!isOver) {
      await database.query(`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`)
    }
  }
  const killing = kill()
  const fences = Array.from({ length: 60 }, (_, n) => n)
  await Promise.all(fences.map(fence => store.append('d1', { kind: 'started', fence })))
  isOver = true
  await killing
  const told = (await store.events('d1')).map(({ event }) => (event.kind === 'started' ? event.fence : -1))
  expect(told.toSorted((a, b) => a - b)).toEqual(fences)
})

describe('a write of which the server has told nothing for 15 s', () => {
  it.each(['before', 'after'] as const)('is unknown: a claim cut %s is found again', async moment => {
    await expect(unanswered(moment, () => store.claim('d1', 'bot:1'))).rejects.toThrow('could not be asked')
    if (moment === 'before') {
      expect((await store.claim('d1', 'bot:1'))?.fence).toBe(1)
      return
    }
    expect(await store.claim('d1', 'bot:1')).toBeUndefined()
    expect((await store.orphans('bot:1')).map(({ id }) => id)).toEqual(['d1'])
    expect((await store.resume('d1', 'bot:1'))?.fence).toBe(2)
  })

  it('and one that was taken over from a dead bot, too', async () => {
    await store.claim('d1', 'bot:0')
    await database.query('UPDATE deployments SET lease_until = 1')
    await expect(unanswered('after', () => store.resume('d1', 'bot:1'))).rejects.toThrow('could not be asked')
    expect((await store.orphans('bot:1')).map(({ id }) => id)).toEqual(['d1'])
    expect((await store.resume('d1', 'bot:1'))?.fence).toBe(3)
  })

  it.each(['before', 'after'] as const)('an event cut %s is recorded once and told once', async moment => {
    const claimed = await got(store.claim('d1', 'bot:1'))
    const told: string[] = []
    const teller = { tell: (_: unknown, { kind }: { readonly kind: string }) => void told.push(kind) }
    const said = runRecord({ store, teller, stop: NEVER, problem: () => {} }, claimed)
    const ended = { kind: 'ended', ending: 'succeeded', durationMs: 1 } as const
    expect(await unanswered(moment, () => said.add(ended))).toBe(false)
    expect(await said.retry()).toBe(true)
    expect((await store.events('d1')).map(({ event }) => event)).toEqual([ended])
    expect(told).toEqual(['ended'])
  })

  /** The link stays cut for as long as the store asks; its clock is hurried on. */
  async function unanswered<T>(moment: 'before' | 'after', write: () => Promise<T>): Promise<T> {
    const cut = cable.cutAtCommit(moment, 'down')
    const writing = write()
    writing.catch(() => {})
    await cut
    const now = performance.now.bind(performance)
    let ahead = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      ahead += 1_000
      return now() + ahead
    })
    return writing.finally(() => {
      clock.mockRestore()
      cable.mend()
    })
  }
})

describe('a command while the server does not answer', () => {
  const said = { trigger: 't1', actor: 'U01ALICE', text: 'help', receivedAt: 0 }
  const command = { ...said, channel: undefined, responseUrl: undefined }

  it.each(['cut', 'hush'] as const)(
    'is not accepted within what Slack waits (%s), and is not recorded later',
    async how => {
      // What hangs before it does not keep it.
      cable[how]()
      const hanging = Array.from({ length: 6 }, () => store.find('d1').catch(() => {}))
      const began = performance.now()
      await expect(store.accept(command, 'bot:1')).rejects.toThrow(/^the records did not answer within 2 s/)
      expect(performance.now() - began).toBeLessThan(3_000)
      cable.mend()
      await Promise.all(hanging)
      expect(await store.unsettled()).toEqual([])
    },
  )

  it('is unknown when it was just being recorded', async () => {
    const cut = cable.cutAtCommit('after', 'down')
    const accepting = store.accept(command, 'bot:1')
    accepting.catch(() => {})
    await cut
    await expect(accepting).rejects.toBeInstanceOf(OutcomeUnknown)
    cable.mend()
    expect(await store.unsettled()).toHaveLength(1)
  })
})

async function got(claiming: Promise<Claimed | undefined>): Promise<Claimed> {
  const claimed = await claiming
  if (!claimed) throw new Error('It is not claimed.')
  return claimed
}
