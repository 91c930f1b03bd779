import { describe, expect, it } from 'vitest'
import type { Deployment, DeploymentStatus } from '../../src/deployment.ts'
import type { HostResult } from '../../src/host-result.ts'
import { hostsToRetry } from '../../src/policy/retry.ts'
import type { Attempt } from '../../src/ports/records/history.ts'
import { aDeployment, anOrder, failed, NEW, OLD, took, UNTOUCHED, unknown } from '../sentences/deployments.ts'

const ok = took('served')
const no = failed('reset', { kind: 'exit', code: 1, output: '' })
const lost = unknown('reset', { kind: 'link-lost', ended: 'not-known' })
const back: HostResult = {
  status: 'put-back',
  proof: 'served',
  revision: OLD,
  cause: { host: 'web2', end: 'failed' },
}

function attempt(
  status: DeploymentStatus,
  results: readonly HostResult[] = [],
  about: Partial<Deployment> = {},
): Attempt {
  const order = anOrder({ revision: NEW }, ['web1', 'web2', 'web3'])
  const named = results.map((result, index) => [`web${index + 1}`, result] as const)
  return { deployment: aDeployment({ id: 'd1', order, status, ...about }), results: new Map(named) }
}

describe('hosts to retry', () => {
  it.each<[string, Attempt, readonly string[]]>([
    ['those that failed or had no turn', attempt('partial', [ok, no, UNTOUCHED]), ['web2', 'web3']],
    ['those that are not known', attempt('interrupted', [ok, lost, ok]), ['web2']],
    ['those of which nothing was recorded', attempt('interrupted', [ok]), ['web2', 'web3']],
    ['those that were put back', attempt('failed', [back, no, UNTOUCHED]), ['web1', 'web2', 'web3']],
    ['none where all succeeded', attempt('succeeded', [ok, ok, ok]), []],
    ['none where all did before a fault', attempt('interrupted', [ok, ok, ok]), []],
    ['none of what was cancelled', attempt('cancelled', [UNTOUCHED, UNTOUCHED, UNTOUCHED]), []],
    [
      'none of what was cancelled on its way',
      attempt('partial', [ok, no, UNTOUCHED], { cancelledBy: 'U02BOB' }),
      [],
    ],
    ['none of what was rejected', attempt('rejected'), []],
    ['none of what nobody approved in time', attempt('expired'), []],
    ['none of what was given up', attempt('void'), []],
  ])('are %s', (_, one, names) => {
    const found = hostsToRetry([one], 'd1')
    expect(found.kind === 'yes' && found.value.map(({ name }) => name)).toEqual(names)
  })

  it.each<[DeploymentStatus, number | undefined, string]>([
    ['queued', undefined, 'unfinished'],
    ['running', 1, 'unfinished'],
    ['succeeded', 1, 'overtaken'],
    ['failed', 1, 'overtaken'],
    ['cancelled', undefined, 'yes'],
    ['awaiting', undefined, 'yes'],
    ['void', undefined, 'yes'],
  ])('are none to be asked for after a later one that is %s (begun: %s): %s', (status, startedAt, reason) => {
    const later = attempt(status, [], { id: 'd2', startedAt })
    const found = hostsToRetry([later, attempt('partial', [ok, no, ok])], 'd1')
    expect(found.kind === 'yes' ? 'yes' : found.refusal).toEqual(
      reason === 'yes' ? 'yes' : expect.objectContaining({ reason, asked: 'retry', deployment: 'd2' }),
    )
  })
})
