import { describe, expect, it } from 'vitest'
import { orderCode, orderHash, orderSwap } from '../../src/plan/order.ts'
import { aTarget } from '../policy/configs.ts'
import { NEW, OLD } from './orders.ts'

const resolution = { revision: NEW, branch: 'main', shown: 'main' }
const found = { image: 'registry.example.com/creator@sha256:aa', mirrors: [] }
const target = aTarget({ runAs: 'creator', verify: undefined })

describe('the hash of an order', () => {
  const order = orderSwap('full', target, target.hosts, resolution, found)

  it('is the same after the order was recorded and read again, in whatever order its keys are', () => {
    const { kind, image, ...rest } = order
    expect(orderHash({ image, ...rest, kind })).toBe(orderHash(order))
    expect(orderHash(JSON.parse(JSON.stringify(order)))).toBe(orderHash(order))
  })

  it.each([
    ['another revision', { ...order, revision: OLD }],
    ['another image', { ...order, image: 'registry.example.com/creator@sha256:bb' }],
    ['another mirror', { ...order, mirrors: ['mirror.example.com/creator@sha256:aa'] }],
    ['another kind', { ...order, kind: 'container' as const }],
    ['only the code', orderCode(target, target.hosts, resolution)],
    ['fewer hosts', { ...order, hosts: target.hosts.slice(0, 1) }],
    [
      'the hosts in another order: the first one is the canary',
      { ...order, hosts: target.hosts.toReversed() },
    ],
    ['another user', { ...order, runAs: undefined }],
    ['a preflight', { ...order, preflight: ['true'] }],
  ])('is another one for %s', (_, other) => {
    expect(orderHash(other)).not.toBe(orderHash(order))
  })
})
