import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { holdInstance } from '../../src/store/instance.ts'
import { handClock } from '../contract/orders.ts'
import { freshDirectory, openAt } from './files.ts'
import { compiledProcesses, type Processes } from './processes.ts'

let processes: Processes
let file: string
let remove: () => Promise<void>
beforeAll(async () => {
  processes = await compiledProcesses()
}, 60_000)
afterAll(() => processes.remove())
beforeEach(async () => {
  const fresh = await freshDirectory()
  file = fresh.file
  remove = fresh.remove
})
afterEach(() => remove())

test('G5: a command whose acceptance was answered is there after kill -9, and the file is whole', async () => {
  const answered: string[] = []
  for (let round = 1; round <= 3; round++) {
    const { child, lines } = processes.start('accept', file)
    let ofThisRound = 0
    for await (const trigger of lines) {
      answered.push(trigger)
      if (++ofThisRound === 20 * round) child.kill('SIGKILL')
    }
    expect(ofThisRound).toBeGreaterThanOrEqual(20 * round)
    const kept = await keptTriggers()
    expect(answered.filter(trigger => !kept.has(trigger))).toEqual([])
    // At most the one that was under way when it was killed.
    expect(kept.size).toBeLessThanOrEqual(answered.length + round)
  }
})

test('G5: two processes that accept at once lose nothing of each other', async () => {
  const both = await Promise.all(
    [processes.start('accept', file), processes.start('accept', file)].map(async ({ child, lines }) => {
      const answered: string[] = []
      for await (const trigger of lines) {
        answered.push(trigger)
        if (answered.length === 100) child.kill('SIGKILL')
      }
      return answered
    }),
  )
  const kept = await keptTriggers()
  expect(both.flat().filter(trigger => !kept.has(trigger))).toEqual([])
})

test('F1, F2: on a full disk a command is refused, what was answered stays, and with room again it goes on', async () => {
  const answered: string[] = []
  for await (const line of processes.start('fill', file, { limitKb: 1_000 }).lines) answered.push(line)
  const readable = answered.pop()
  expect(answered.pop()).toMatch(/^refused: .*(disk|full)/)
  expect(answered.length).toBeGreaterThan(10)
  expect(readable).toBe(`readable: ${answered.length}`)
  expect([...(await keptTriggers())]).toEqual(answered)
  const store = await openAt(file, handClock())
  const command = {
    actor: 'U01ALICE',
    text: 'app',
    channel: undefined,
    responseUrl: undefined,
    receivedAt: 1,
  }
  expect(await store.accept({ ...command, trigger: 'after' }, 'bot:1')).toBe(true)
  await store.close()
})

test('F3: one bot at a time holds the records, and its death lets the next one in', async () => {
  const { child, lines } = processes.start('hold', file)
  for await (const line of lines) {
    expect(line).toBe('held')
    break
  }
  expect(await holdInstance(file)).toBe('taken')
  // The command line works beside it.
  await (await openAt(file, handClock())).close()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const held = await holdInstance(file)
  if (held === 'taken') throw new Error('The lock outlived its holder.')
  expect(await holdInstance(file)).toBe('taken')
  held.release()
  const again = await holdInstance(file)
  if (again === 'taken') throw new Error('The lock was not let go.')
  again.release()
})

test('a lock that cannot be held is refused with the reason', async () => {
  await expect(holdInstance(`${file}/nowhere`)).rejects.toMatchObject({
    name: 'StoreRefused',
    because: 'unusable',
  })
})

async function keptTriggers(): Promise<ReadonlySet<string>> {
  const store = await openAt(file, handClock())
  const commands = await store.unsettled()
  await store.close()
  return new Set(commands.map(({ trigger }) => trigger))
}
