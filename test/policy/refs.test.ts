import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refAllowed } from '../../src/policy/refs.ts'

describe('a branch or tag', () => {
  it.each<[string, readonly string[], boolean]>([
    ['main', [], true],
    ['main', ['main'], true],
    ['main', ['master', 'main'], true],
    ['main2', ['main'], false],
    ['evil/main', ['main'], false],
    ['release/2.4', ['release/*'], true],
    ['release/', ['release/*'], true],
    ['release/2/hot', ['release/*'], true],
    ['release', ['release/*'], false],
    ['evil/release/2', ['release/*'], false],
    ['v1.2', ['v*.*'], true],
    ['v1', ['v*.*'], false],
    ['a-hotfix', ['*-hotfix'], true],
    ['a-hotfix-b', ['*-hotfix'], false],
    ['aba', ['ab*ba'], false],
    ['abba', ['ab*ba'], true],
    ['a-b-c', ['a*b*c'], true],
    ['a-c-b', ['a*b*c'], false],
    ['anything/at.all', ['*'], true],
    ['axb', ['a.b'], false],
    ['ab', ['a+b'], false],
  ])('%s, when %j may be deployed: %s', (name, patterns, expected) => {
    expect(refAllowed(name, patterns)).toBe(expected)
  })

  it('matches as the same pattern written as a regular expression would', () => {
    const word = fc.stringMatching(/^[ab*]{0,8}$/)
    fc.assert(
      fc.property(fc.stringMatching(/^[ab]{0,8}$/), word, (name, pattern) => {
        expect(refAllowed(name, [pattern])).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name))
      }),
      { numRuns: 2_000 },
    )
  })

  it('is compared with a pattern of many stars without going back (A12)', () => {
    // One that goes back for every star would not come to an end.
    expect(refAllowed('a'.repeat(5_000), [`${'*a'.repeat(2_000)}*b`])).toBe(false)
  })
})
