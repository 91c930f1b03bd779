import { expect, it } from 'vitest'
import { rehearsed } from '../../src/plan/rehearsed.ts'
import { Secret } from '../../src/secret.ts'
import type { Step } from '../../src/step.ts'

const step = (name: string, ...words: readonly (string | Secret)[]): Step => ({
  ...{ name, call: [name, ...words], limitMs: 1 },
})

it('what is recorded beside a request for an approval has the steps in their order and no secret (G8)', () => {
  const planned = rehearsed({
    kind: 'planned',
    host: 'web1',
    head: undefined,
    preparation: [step('pull', new Secret('hunter2'))],
    hasRevision: true,
    activation: [
      { kind: 'step', step: step('reset') },
      { kind: 'count', step: step('reloads'), container: 'creator' },
      { kind: 'preflight', step: step('preflight'), putBack: step('put-back'), loadedBy: undefined },
    ],
  })
  expect(planned.steps.map(({ name }) => name)).toEqual(['pull', 'reset', 'preflight'])
  expect(JSON.stringify(planned)).not.toContain('hunter2')
  expect(planned.steps[0]?.call).toEqual(['pull', '[REDACTED]'])
})

it('a host that could not do it is recorded with the reason', () => {
  const because = { kind: 'key-rejected', user: 'deploy' } as const
  expect(rehearsed({ kind: 'impossible', host: 'web2', step: 'connect', because })).toEqual({
    host: 'web2',
    steps: [],
    because,
  })
})
