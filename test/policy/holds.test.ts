import { describe, expect, it } from 'vitest'
import type { Hold } from '../../src/hold.ts'
import { heldFrom } from '../../src/policy/holds.ts'

const NOW = 10_000_000
const target = { service: 'creator', environment: 'staging' }
const hold: Hold = { target, by: 'U02BOB', reason: 'freeze', since: NOW - 5_000, until: NOW + 60_000 }

describe('a hold', () => {
  it.each<[string, string, Hold | undefined]>([
    ['its holder', 'U02BOB', hold],
    ['anybody, when there is none', 'U01ALICE', undefined],
  ])('does not keep %s (%s) from it', (_, actor, found) => {
    expect(heldFrom(actor, found, NOW)).toBeUndefined()
  })

  it.each(['U01ALICE', 'cli:U02BOB', 'cli:bob', 'u02bob', ''])('keeps everybody else (%j) from it', actor => {
    expect(heldFrom(actor, hold, NOW)).toEqual({
      reason: 'held',
      target,
      by: 'U02BOB',
      why: 'freeze',
      ageMs: 5_000,
      leftMs: 60_000,
    })
    expect(heldFrom(actor, { ...hold, until: undefined }, NOW)).toMatchObject({ leftMs: undefined })
  })
})
