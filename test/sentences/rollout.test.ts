import { expect, it } from 'vitest'
import { ownRolloutText, rolloutText } from '../../src/sentences/rollout.ts'
import { anOrder } from './deployments.ts'

const FOUR = ['web1', 'web2', 'web3', 'web4']

it.each([
  [['web1'], { batch: 2, onFailure: 'continue' }, undefined],
  [FOUR, {}, 'web1 switches first, alone'],
  [FOUR, { batch: 3 }, 'web1 switches first, alone'],
  [FOUR, { batch: 2 }, 'web1 switches first, alone, then the others 2 at a time'],
  [
    FOUR,
    { onFailure: 'continue' },
    'web1 switches first, alone; one that fails keeps no other from its turn',
  ],
  [
    FOUR,
    { batch: 1, onFailure: 'rollback' },
    'web1 switches first, alone, then the others 1 at a time; when one fails, those that have switched are put back',
  ],
] as const)('%j with %j: %s', (hosts, about, text) => {
  expect(rolloutText(anOrder(about, hosts))).toBe(text)
})

it('is said before anything is done only where it is not what always holds', () => {
  expect(ownRolloutText(anOrder({ batch: 3 }, FOUR))).toBe(undefined)
  expect(ownRolloutText(anOrder({ batch: 2 }, FOUR))).toContain('2 at a time')
})
