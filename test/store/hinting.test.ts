import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { hinting } from '../../src/store/hinting.ts'
import { type Hint, noListening } from '../../src/store/hints.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { handClock, newDeployment } from '../contract/orders.ts'
import { freshDirectory, openAt } from './files.ts'

const HOUR_MS = 3_600_000
const ofApproval = { hash: 'h', expiresInMs: HOUR_MS, approvers: ['U02BOB'], rehearsals: [] }
const clock = handClock()

let store: OpenStore
let hints: Partial<Hint>[] = []
beforeEach(async () => {
  const { file, remove } = await freshDirectory()
  const give = (hint: Partial<Hint>) => void hints.push(hint)
  store = hinting(await openAt(file, clock), { give, listen: noListening, done: async () => {} })
  onTestFinished(() => store.close().then(remove))
  await store.create(newDeployment('waits'))
  await store.create({ ...newDeployment('asks'), approval: ofApproval })
  await store.create(newDeployment('stalls', { service: 'b', hosts: [] }))
  const claimed = await store.claim('stalls', 'bot:1')
  await store.append('stalls', { kind: 'stalled', forMs: HOUR_MS, expiresAt: 0 }, claimed?.fence)
  hints = []
})

const approved = { kind: 'approved', by: 'U02BOB', ahead: undefined } as const
const resume = { kind: 'answered', answer: 'resume', by: 'U02BOB' } as const

test.each<[string, (store: OpenStore) => Promise<unknown>, ...Partial<Hint>[]]>([
  ['a place in the queue', s => s.create(newDeployment('d')), { isQueue: true }],
  ['a wish for approval', s => s.create({ ...newDeployment('d'), approval: ofApproval }), told('d')],
  ['nothing new', s => s.create(newDeployment('again', { trigger: 'trigger-waits' }))],
  ['an event', s => s.append('waits', { kind: 'started', fence: 1 }), told('waits', false)],
  ['a cancel', s => s.cancel('waits', 'U02BOB', 'c'), told('waits', true)],
  ['an approval', s => s.decide('asks', approved, 'd'), told('asks', true)],
  ['an answer', s => s.answer('stalls', resume, 'a', []), told('stalls', true)],
  ['an end', s => s.giveUp('asks', { kind: 'overtaken' }), told('asks', true)],
  ['an end in time', s => later(() => s.expire()), told('asks', true)],
])('%s is hinted at once', async (_, act, ...expected) => {
  await act(store)
  expect(hints).toEqual(expected)
})

function told(id: string, isQueue?: boolean): Partial<Hint> {
  return { deployments: [id], ...(isQueue === undefined ? {} : { isQueue }) }
}

function later<T>(act: () => T): T {
  clock.forward(2 * HOUR_MS)
  return act()
}
