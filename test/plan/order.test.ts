import { describe, expect, it } from 'vitest'
import { orderCode, orderHash, orderSwap } from '../../src/plan/order.ts'
import { aHost, aTarget } from '../policy/configs.ts'
import { NEW, OLD, order } from './orders.ts'

const resolution = { revision: NEW, branch: 'main', shown: 'main' }
const found = { image: 'registry.example.com/creator@sha256:aa', mirrors: [] }
const target = aTarget({ runAs: 'creator', verify: undefined })

describe('the hash of an order', () => {
  const swap = orderSwap('full', target, target.hosts, resolution, found)

  it('is the same after the order was recorded and read again, in whatever order its keys are', () => {
    const { kind, image, ...rest } = swap
    expect(orderHash({ image, ...rest, kind })).toBe(orderHash(swap))
    expect(orderHash(JSON.parse(JSON.stringify(swap)))).toBe(orderHash(swap))
  })

  it.each([
    ['another revision', { ...swap, revision: OLD }],
    ['another image', { ...swap, image: 'registry.example.com/creator@sha256:bb' }],
    ['another mirror', { ...swap, mirrors: ['mirror.example.com/creator@sha256:aa'] }],
    ['another kind', { ...swap, kind: 'container' as const }],
    ['only the code', orderCode(target, target.hosts, resolution)],
    ['fewer hosts', { ...swap, hosts: target.hosts.slice(0, 1) }],
    [
      'the hosts in another order: the first one is the canary',
      { ...swap, hosts: target.hosts.toReversed() },
    ],
    ['another user', { ...swap, runAs: undefined }],
    ['a preflight', { ...swap, preflight: ['true'] }],
    ['a batch', { ...swap, batch: 2 }],
    ['what follows a failure', { ...swap, onFailure: 'continue' as const }],
  ])('is another one for %s', (_, other) => {
    expect(orderHash(other)).not.toBe(orderHash(swap))
  })
})

it('a code order names the registries of its images, for a container that has to be made again', () => {
  const password = { secret: 'REGISTRY' }
  const registries = ['registry.example.com', 'elsewhere.example.com'].map(name => ({
    ...{ name, username: 'ci', password },
  }))
  const code = orderCode({ ...target, groups: order().groups, registries }, target.hosts, resolution)
  expect(code.registries.map(({ name }) => name)).toEqual(['registry.example.com'])
})

it.each([
  [undefined, undefined],
  [{ hosts: 2 }, 2],
  [{ hosts: 9 }, 9],
  [{ percent: 25 }, 1],
  [{ percent: 50 }, 2],
  [{ percent: 1 }, 1],
  [{ percent: 100 }, 5],
])('a batch of %j of five hosts is %s of them', (batch, expected) => {
  const hosts = ['a', 'b', 'c', 'd', 'e'].map(aHost)
  expect(orderCode({ ...target, batch }, hosts, resolution).batch).toBe(expected)
})
