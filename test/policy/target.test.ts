import { describe, expect, it } from 'vitest'
import { parse } from '../../src/intent/parse.ts'
import { findService, findTarget, type Place, withForgottenWord } from '../../src/policy/target.ts'
import type { Decision, Refusal } from '../../src/refusal.ts'
import { aHost, aTarget, configOf } from './configs.ts'

const production = aTarget({ hosts: [aHost('web1'), aHost('web2'), aHost('web3')] })
const staging = aTarget({ environment: 'staging', hosts: [aHost('stage1')] })
const config = configOf(production, staging, aTarget({ service: 'billing' }))

describe('what was typed', () => {
  it.each([
    ['creator', production, ['web1', 'web2', 'web3']],
    ['creator to production', production, ['web1', 'web2', 'web3']],
    ['creator to staging', staging, ['stage1']],
    ['creator on web3,web1', production, ['web1', 'web3']],
    ['creator on web2,web2', production, ['web2']],
    ['creator on stage1 to staging', staging, ['stage1']],
    ['creator staging to staging', staging, ['stage1']],
    ['creator branch:staging', production, ['web1', 'web2', 'web3']],
    ['cancel creator to staging', staging, ['stage1']],
  ])('as %j means that target and those hosts', (text, target, hosts) => {
    const decision = placeOf(text)
    expect(decision).toMatchObject({ kind: 'yes', value: { target } })
    expect(decision.kind === 'yes' && decision.value.hosts.map(host => host.name)).toEqual(hosts)
  })

  it.each<[string, Refusal]>([
    ['creatr', { reason: 'unknown-service', name: 'creatr', near: ['creator'] }],
    ['statsu creator', { reason: 'unknown-service', name: 'statsu', near: ['status'] }],
    ['elsewhere', { reason: 'unknown-service', name: 'elsewhere', near: [] }],
    // A14: what every JavaScript object has is no service.
    ['constructor', { reason: 'unknown-service', name: 'constructor', near: [] }],
    ['toString', { reason: 'unknown-service', name: 'toString', near: [] }],
    [
      'creator to stagin',
      { reason: 'unknown-environment', service: 'creator', name: 'stagin', known: ['production', 'staging'] },
    ],
    [
      'billing to staging',
      { reason: 'unknown-environment', service: 'billing', name: 'staging', known: ['production'] },
    ],
    [
      'creator to constructor',
      {
        reason: 'unknown-environment',
        service: 'creator',
        name: 'constructor',
        known: ['production', 'staging'],
      },
    ],
    [
      'creator on web1,web9',
      { reason: 'unknown-host', service: 'creator', name: 'web9', known: ['web1', 'web2', 'web3'] },
    ],
    [
      'creator on web1 to staging',
      { reason: 'unknown-host', service: 'creator', name: 'web1', known: ['stage1'] },
    ],
    [
      'creator staging',
      {
        reason: 'ambiguous-ref',
        service: 'creator',
        ref: 'staging',
        choices: ['to staging', 'branch:staging', 'tag:staging'],
      },
    ],
  ])('as %j is refused, not guessed', (text, refusal) => {
    expect(placeOf(text)).toEqual({ kind: 'refused', refusal })
  })
})

describe('a service', () => {
  it('is found by its exact name only', () => {
    expect(findService('billing', config)).toMatchObject({ kind: 'yes', value: { name: 'billing' } })
    expect(findService('Billing', config)).toEqual({
      kind: 'refused',
      refusal: { reason: 'unknown-service', name: 'Billing', near: ['billing'] },
    })
    expect(findService('__proto__', config).kind).toBe('refused')
  })
})

describe('a ref that is not there', () => {
  it.each([
    ['stagin', [], ['to staging', 'on stage1']],
    ['stage1', ['stage'], ['on stage1', 'stage']],
    ['web1', ['web'], ['on web1', 'web']],
    ['mian', ['main'], ['main']],
  ])('(%s) may be an environment or host with its `to` or `on` forgotten', (ref, near, expected) => {
    expect(withForgottenWord({ reason: 'unknown-ref', service: 'creator', ref, near }, config)).toEqual({
      reason: 'unknown-ref',
      service: 'creator',
      ref,
      near: expected,
    })
  })

  it('is the only refusal that is changed', () => {
    const refusal: Refusal = { reason: 'nothing-to-cancel', service: 'creator' }
    expect(withForgottenWord(refusal, config)).toBe(refusal)
  })
})

function placeOf(text: string): Decision<Place> {
  const intent = parse(text)
  if (intent.kind === 'yes' && (intent.value.kind === 'deploy' || intent.value.kind === 'cancel')) {
    return findTarget(intent.value, config)
  }
  throw new Error(`${text} should name a target`)
}
