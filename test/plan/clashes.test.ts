import { expect, it } from 'vitest'
import type { Group, Host } from '../../src/order.ts'
import { clashesIn } from '../../src/plan/clashes.ts'
import { aHost, aTarget, configOf } from '../policy/configs.ts'
import { ALONE } from './orders.ts'

const group = (name: string): Group => ({
  name,
  image: 'app',
  mirrors: [],
  mount: '/app',
  run: [],
  env: {},
  stop: { signal: 'SIGTERM', graceMs: 30_000 },
  healthyMs: 60_000,
  ...ALONE,
})
const unknown = new Map<string, string>()
const creator = { service: 'creator', environment: 'production' }
const staging = { service: 'creator', environment: 'staging' }
const as = (name: string, user: string): Host => ({ ...aHost(name), user })

it('targets with places of their own do not clash', () => {
  const config = configOf(
    aTarget({ groups: [group('creator')] }),
    aTarget({ service: 'billing', path: '/srv/billing', groups: [group('billing')] }),
  )
  expect(clashesIn(config, unknown)).toEqual([])
})

it('one path on different hosts does not clash', () => {
  const config = configOf(
    aTarget({ hosts: [aHost('web1')] }),
    aTarget({ environment: 'staging', hosts: [aHost('web2')] }),
  )
  expect(clashesIn(config, unknown)).toEqual([])
})

it('two targets with one path on several hosts clash once, and all hosts are named', () => {
  const config = configOf(aTarget(), aTarget({ environment: 'staging' }))
  expect(clashesIn(config, unknown)).toEqual([
    { kind: 'path', what: '/srv/creator', targets: [creator, staging], hosts: ['web1', 'web2'] },
  ])
})

it('two targets with one container name on a host clash', () => {
  const config = configOf(
    aTarget({ groups: [group('app')] }),
    aTarget({ environment: 'staging', hosts: [aHost('web2')], path: '/srv/staging', groups: [group('app')] }),
  )
  expect(clashesIn(config, unknown)).toEqual([
    { kind: 'container', what: 'app', targets: [creator, staging], hosts: ['web2'] },
  ])
})

it('two entries with one host key are one machine: their targets clash, and so do their users', () => {
  const [web1, alias] = [as('web1', 'deploy'), as('alias', 'ops')]
  const config = configOf(aTarget({ hosts: [web1] }), aTarget({ environment: 'staging', hosts: [alias] }))
  const offered = new Map([
    ['web1', 'SHA256:same'],
    ['alias', 'SHA256:same'],
  ])
  expect(clashesIn(config, offered)).toEqual([
    { kind: 'users', hosts: [web1, alias] },
    { kind: 'path', what: '/srv/creator', targets: [creator, staging], hosts: ['web1', 'alias'] },
  ])
})

it('two entries with one host key and one user are fine', () => {
  const config = configOf(aTarget())
  const offered = new Map([
    ['web1', 'SHA256:same'],
    ['web2', 'SHA256:same'],
  ])
  expect(clashesIn(config, offered)).toEqual([])
})

it('replicas take the names that they really have', () => {
  const config = configOf(
    aTarget({ groups: [{ ...group('creator'), replicas: 2 }] }),
    aTarget({ service: 'billing', path: '/srv/billing', groups: [group('creator-2')] }),
  )
  expect(clashesIn(config, unknown)).toMatchObject([{ kind: 'container', what: 'creator-2' }])
})
