import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quote } from '../../src/ssh/quote.ts'

/** What a session's shell makes of the words: one line, and $NL as session.sh sets it. */
function throughShell(words: readonly string[]): readonly string[] {
  const line = `printf '%s\\0' ${words.map(quote).join(' ')}`
  const script = `NL='\n'\nIFS= read -r l\neval "$l"`
  const output = execFileSync('sh', ['-c', script], { input: `${line}\n`, encoding: 'utf8' })
  return output.split('\0').slice(0, -1)
}

describe('quote', () => {
  it('gives every word to the real sh as it was, and on one line', () => {
    const word = fc
      .string({ unit: 'binary', maxLength: 60 })
      .filter(text => !text.includes('\0') && text.isWellFormed())
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), words => {
        expect(words.map(quote).join(' ')).not.toContain('\n')
        expect(throughShell(words)).toEqual(words)
      }),
      { numRuns: 150 },
    )
  })

  it.each([
    '',
    "'",
    `'"'"'`,
    '$(id)',
    '`id`',
    '\\',
    '\n',
    '\n\n',
    "a'\n'b",
    '-x',
    '*',
    '~',
    '!!',
    '$NL',
    '\r',
    '\u202e',
    '€',
  ])('keeps %j', word => {
    expect(throughShell([word, 'next'])).toEqual([word, 'next'])
  })

  it('refuses NUL, which no program can be given', () => {
    expect(() => quote('a\0b')).toThrow('NUL')
  })
})
