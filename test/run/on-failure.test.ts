import { describe, expect, it } from 'vitest'
import type { CodeOrder, HostResult } from '../../src/deployment.ts'
import { newDeployment } from '../contract/orders.ts'
import { fakeHosts, type OnStep } from '../fakes/hosts.ts'
import { HOST, OLD, order } from '../plan/orders.ts'
import { running, runOut } from './running.ts'

const hosts = ['web1', 'web2', 'web3', 'web4'].map(name => ({ ...HOST, name, address: `${name}.example` }))
const verify = { url: 'http://127.0.0.1/', in: { header: 'X-Revision' }, timeoutMs: 1_000, hits: 1 }

/** A deployment of four hosts, run to its end. */
async function ran(about: Partial<CodeOrder>, onStep: OnStep) {
  const { world, told } = await running([])
  await world.store.create({ ...newDeployment('d1'), order: order({ hosts, verify, ...about }) })
  const claimed = await world.store.claim('d1', 'bot:first')
  if (!claimed) throw new Error('nothing was claimed')
  const ending = await runOut({ ...world, hosts: fakeHosts(OLD, onStep) }, claimed)
  const results = await world.store.hostResults('d1')
  const ends = hosts.map(({ name }): HostResult['status'] | undefined => results.get(name)?.result.status)
  return { ending, ends, results, told: told.map(({ event }) => event) }
}

const at =
  (name: string, step: string, end: 'failed' | 'lost' = 'failed'): OnStep =>
  async (host, { name: ran }) =>
    host.name === name && ran === step ? end : undefined

describe('the others, when one host has failed', () => {
  it('do not begin, unless they are to go on', async () => {
    expect(await ran({ batch: 1 }, at('web2', 'reset'))).toMatchObject({
      ending: 'partial',
      ends: ['succeeded', 'failed', 'untouched', 'untouched'],
    })
    expect(await ran({ batch: 1, onFailure: 'continue' }, at('web2', 'reset'))).toMatchObject({
      ending: 'partial',
      ends: ['succeeded', 'failed', 'succeeded', 'succeeded'],
    })
  })

  it.each(['look', 'reset'])('go on when it is the first one, at %s', async step => {
    expect(await ran({ onFailure: 'continue' }, at('web1', step))).toMatchObject({
      ending: 'partial',
      ends: ['failed', 'succeeded', 'succeeded', 'succeeded'],
    })
  })

  it('go on when its end is not known; the whole is interrupted all the same', async () => {
    expect(await ran({ onFailure: 'continue' }, at('web2', 'reset', 'lost'))).toMatchObject({
      ending: 'interrupted',
      ends: ['succeeded', 'unknown', 'succeeded', 'succeeded'],
    })
  })
})
