import { describe, expect, it } from 'vitest'
import { beyondRecords, readFences } from '../../src/plan/fences.ts'

it('fences are read as hosts keep them; what is no fence is none', () => {
  const output =
    '::td fence ours 12\n::td fence theirs 3\n::td fence ours\n::td fence ours -1\nfence ours 9\n'
  expect(readFences(output)).toEqual([
    { installation: 'ours', number: 12 },
    { installation: 'theirs', number: 3 },
  ])
})

describe('records are older than the hosts', () => {
  const seen = (installation: string, number: number) => ({ installation, number })
  it.each([
    ['no host has seen anything', [], 0, undefined],
    ['all numbers were given', [seen('ours', 3), seen('ours', 5)], 5, undefined],
    ['one was never given', [seen('ours', 6), seen('ours', 3)], 5, { seen: 6, given: 5 }],
    ['the numbers are another installation’s', [seen('theirs', 99)], 5, undefined],
  ])('%s', (_, fences, given, beyond) => {
    expect(beyondRecords(fences, { installation: 'ours', given })).toEqual(beyond)
  })
})
