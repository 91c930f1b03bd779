import { describe, expect, it } from 'vitest'
import { nearest } from '../src/nearest.ts'

describe('the nearest names', () => {
  const keys = ['approvers', 'approval', 'deployers', 'ref', 'refs', 'repo']
  it.each<[string, string, readonly string[]]>([
    ['a letter left out', 'aprovers', ['approvers']],
    ['two neighbours swapped', 'dpeloyers', ['deployers']],
    ['one letter too many', 'refss', ['refs']],
    ['another letter', 'rexo', ['repo']],
    ['capital letters', 'REPO', ['repo']],
    ['an unfinished word', 'app', ['approval', 'approvers']],
    ['nothing alike', 'kubernetes', []],
    ['an empty word', '', []],
  ])('for %s', (_, word, expected) => {
    expect(nearest(word, keys)).toEqual(expected)
  })

  it('come nearest first, and by name when equally near', () => {
    expect(nearest('web2', ['web10', 'web3', 'web1', 'web2b'])).toEqual(['web1', 'web2b', 'web3'])
  })

  it('are quickly none for a very long word', () => {
    expect(nearest('x'.repeat(40_000), keys)).toEqual([])
  })
})
