import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Hint } from '../../src/store/hints.ts'
import { type OpenStore, openSharedStore } from '../../src/store/store.ts'
import { scene } from '../cli/scene.ts'
import { newDeployment } from '../contract/orders.ts'
import { ended, started, step } from '../slack/telling-world.ts'
import { cabled } from './cable.ts'
import { type Database, freshDatabase } from './databases.ts'

let database: Database
beforeEach(async () => {
  database = await freshDatabase()
  onTestFinished(() => database.remove())
})

describe('what a process changes in the records', () => {
  it('is heard by the others at once, and not by itself', async () => {
    const one = await opened()
    const two = await opened()
    const atOne = await listensTo(one, two)
    const atTwo = await listensTo(two, one)
    const before = atOne.length
    // What was said to find out who listens is no word of d1.
    atTwo.length = 0
    await one.create(newDeployment('d1'))
    await heard(atTwo, { isQueue: true })
    expect(atTwo.flatMap(({ deployments }) => deployments)).not.toContain('d1')
    await one.append('d1', started)
    await heard(atTwo, { deployments: ['d1'], isQueue: false })
    await one.append('d1', ended)
    await heard(atTwo, { isQueue: true })
    const turns = one.messages.takeTurns('bot:1', () => {})
    await turns.release()
    await heard(atTwo, { isTurn: true })
    expect(atOne).toHaveLength(before)
  })

  it('is told of in few words, however much it is', async () => {
    const one = await opened()
    const two = await opened()
    const hints = await listensTo(two, one)
    const ids = Array.from({ length: 10 }, (_, n) => `d${n}`)
    for (const id of ids) await one.create(newDeployment(id))
    hints.length = 0
    const began = performance.now()
    await Promise.all(ids.flatMap(id => Array.from({ length: 30 }, () => one.append(id, started))))
    const tookMs = performance.now() - began
    await vi.waitUntil(() => ids.every(id => hints.some(({ deployments }) => deployments.includes(id))))
    expect(hints.length).toBeLessThan(10 + tookMs / 50)
  })

  it('is heard again when the link comes back, and no stranger is', async () => {
    const one = await opened()
    const { cable, place } = await cabled(database)
    const far = await openSharedStore({ place, newId: () => 'far' })
    onTestFinished(async () => {
      cable.mend()
      await far.close()
      cable.close()
    })
    const hints = await listensTo(far, one)
    cable.cut()
    cable.mend()
    await spoken(one, hints)
    await database.query(`
      SELECT pg_notify('touchdown', 'x'), pg_notify('touchdown', '{}'), pg_notify('touchdown',
        '{"installation": "another", "from": "x", "deployments": ["x"], "isQueue": true, "isTurn": true}')`)
    await spoken(one, hints)
    expect(hints.flatMap(({ deployments }) => deployments)).not.toContain('x')
  })
})

it('a bot to which nothing is passed on tells all the same what others record', async () => {
  const { cable, place } = await cabled(database)
  onTestFinished(cable.close)
  // As behind a pooler that gives the connection to others after each transaction.
  cable.keepFromListening()
  const { slack, run, stop } = await scene(async () => {}, { kind: 'postgres', ...place })
  const running = run()
  const other = await opened()
  await other.create(newDeployment('d1'))
  // Its own the bot would tell by itself.
  await other.claim('d1', 'cli:alice')
  await other.append('d1', started)
  await slack.waitFor(({ messages }) => messages('C01GEN').length > 0, 15_000)
  await other.append('d1', step('web1', 's1'))
  await slack.waitFor(({ messages }) => messages('C01GEN').some(({ text }) => text.includes('s1')), 15_000)
  stop()
  await running
}, 60_000)

it('a bot hears of what others record long before it would look', async () => {
  const { slack, run, stop } = await scene(async () => {}, { kind: 'postgres', ...database.place })
  const running = run()
  const other = await opened()
  await slack.waitFor(({ openConnections }) => openConnections > 0, 15_000)
  const times: number[] = []
  for (let n = 0; n < 9; n += 1) {
    // A channel for each: what Slack takes in one of them in a minute is not what is measured.
    const channel = `C1${n}`
    slack.setChannel({ id: channel, name: `c${n}` })
    const made = newDeployment(`d${n}`, { service: `s${n}`, hosts: [] })
    await other.create({ ...made, origin: { kind: 'slack', channel } })
    await other.claim(made.id, 'cli:alice')
    const began = performance.now()
    await other.append(`d${n}`, started)
    await slack.waitFor(({ messages }) => messages(channel).length > 0, 15_000)
    times.push(performance.now() - began)
  }
  const median = times.toSorted((a, b) => a - b)[4] ?? 0
  console.info(`from an event in one process to its message by another: p50 ${median.toFixed(0)} ms`)
  expect(median).toBeLessThan(5_000 / 2)
  stop()
  await running
}, 60_000)

async function opened(): Promise<OpenStore> {
  const store = await database.open()
  onTestFinished(() => store.close())
  return store
}

/** What `store` hears, once it hears what `other` says. */
async function listensTo(store: OpenStore, other: OpenStore): Promise<Hint[]> {
  const hints: Hint[] = []
  const listening = store.listen(hint => hints.push(hint))
  onTestFinished(() => listening.close())
  await spoken(other, hints)
  return hints
}

/** Said again and again until it is heard, for nothing says when a process listens. */
async function spoken(other: OpenStore, hints: Hint[]): Promise<void> {
  const { deployment } = await other.create(newDeployment(`spoken-${++words}`, { service: `s${words}` }))
  await vi.waitUntil(
    async () => {
      await other.append(deployment.id, started)
      return hints.some(({ deployments }) => deployments.includes(deployment.id))
    },
    { timeout: 15_000, interval: 100 },
  )
}
let words = 0

async function heard(hints: readonly Hint[], hint: Partial<Hint>): Promise<void> {
  await vi.waitUntil(() =>
    hints.some(found => Object.entries(hint).every(([key, value]) => isIn(found, key, value))),
  )
}

function isIn(found: Hint, key: string, value: unknown): boolean {
  const entry = Object.entries(found).find(([name]) => name === key)?.[1]
  return JSON.stringify(entry) === JSON.stringify(value)
}
