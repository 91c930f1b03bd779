import { expect, it } from 'vitest'
import { floodLimit, MOST_A_MINUTE } from '../../src/policy/flood.ts'

const NOW = 1_800_000_000_000

it('lets through so many commands of one person within a minute, then says how long to wait', () => {
  const limit = floodLimit()
  for (let index = 0; index < MOST_A_MINUTE; index += 1)
    expect(limit('U01ALICE', NOW + index * 100)).toBeUndefined()
  expect(limit('U01ALICE', NOW + 20_000)).toBe(40_000)
  expect(limit('U02BOB', NOW + 20_000)).toBeUndefined()
})

it('does not count what it has not let through, so whoever waits is heard', () => {
  const limit = floodLimit()
  for (let index = 0; index < MOST_A_MINUTE; index += 1) limit('U01ALICE', NOW)
  for (let index = 0; index < 1_000; index += 1) expect(limit('U01ALICE', NOW + 59_999)).toBe(1)
  expect(limit('U01ALICE', NOW + 60_000)).toBeUndefined()
})

it('counts commands also when they do not come in the order in which they were received', () => {
  const limit = floodLimit()
  for (let index = 0; index < MOST_A_MINUTE; index += 1)
    expect(limit('U01ALICE', NOW - index * 100)).toBeUndefined()
  expect(limit('U01ALICE', NOW)).toBeDefined()
})

it('D5: what was counted before the clock was set back holds nobody up', () => {
  const limit = floodLimit()
  const hour = 3_600_000
  for (let count = 0; count < MOST_A_MINUTE; count += 1) expect(limit('ada', hour)).toBeUndefined()
  expect(limit('ada', hour)).toBeDefined()
  expect(limit('ada', 1)).toBeUndefined()
})
