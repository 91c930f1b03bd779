import { expect, it } from 'vitest'
import type { HostSession } from '../../src/ports/hosts.ts'
import { activate } from '../../src/run/activate.ts'
import { NEW, OLD } from '../plan/orders.ts'
import { sessionOfFake, workOn } from './work.ts'

const verify = { url: 'http://127.0.0.1/', in: { header: 'X-Revision' }, timeoutMs: 5_000, hits: 2 }

/** Answers these revisions one after another, and then NEW for ever; says how often it was asked. */
async function answering(revisions: readonly string[]) {
  const waiting = [...revisions]
  let asked = 0
  const session: HostSession = {
    ...(await sessionOfFake()),
    async ask() {
      asked += 1
      const revision = waiting.shift() ?? NEW
      return { status: 'answered', code: 200, headers: { 'x-revision': revision }, body: '' }
    },
  }
  const done = await activate(workOn(session, { verify }))
  return { done, asked }
}

it('new answers in a row prove it, when no old one came after the first of them', async () => {
  expect(await answering([OLD, OLD, OLD])).toMatchObject({ done: { proof: 'served' }, asked: 3 + 2 })
})

it('where old answers come after new ones, workers are renewed one by one, and more answers are asked for', async () => {
  expect(await answering([OLD, NEW, OLD])).toMatchObject({ done: { proof: 'served' }, asked: 3 + 4 * 2 })
})
