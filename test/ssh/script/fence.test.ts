import { describe, expect, it } from 'vitest'
import { readFences } from '../../../src/plan/fences.ts'
import { openHostShell } from './shell.ts'

/** `deployment number first`: the attempts that come to a target on one host, one after the other; what each is answered. */
function answers(attempts: readonly string[]): readonly string[] {
  const shell = openHostShell()
  return attempts.map(attempt => {
    const [id, number, first] = attempt.split(' ')
    // What watches a session's disk, told to end before it hears anything, would stay for a second each time.
    const entered = shell.run(
      `spare_disk() { :; }; enter ${id} app.production ours ${number} ${first} U01ALICE 0; echo "$? $reply"`,
    )
    return entered.output.trim()
  })
}

describe('the fence of a target', () => {
  it.each<[string, readonly string[], string]>([
    ['a later one comes in', ['x 100 100', 'y 101 101'], '0'],
    ['an earlier one that wakes late does not', ['y 101 101', 'x 100 100'], '97 ours 101'],
    ['a deployment comes in again', ['x 100 100', 'x 100 100'], '0'],
    ['one that was taken up comes in', ['w 99 99', 'x 100 100', 'x 103 100'], '0'],
    ['and again', ['x 100 100', 'x 103 100', 'x 103 100'], '0'],
    ['and where its earlier attempts had not been', ['w 99 99', 'x 103 100'], '0'],
    ['and once more', ['x 100 100', 'x 103 100', 'x 105 100'], '0'],
    ['who had it before does not', ['x 100 100', 'x 103 100', 'x 100 100'], '97 ours 103'],
    [
      'F11: taken up in an older copy, with the number of what followed it',
      ['x 100 100', 'y 101 101', 'x 101 100'],
      '97 ours 101',
    ],
    ['F11: with a higher one', ['y 101 101', 'x 105 100'], '97 ours 101'],
    ['F11: in its second attempt there', ['y 101 101', 'x 102 100', 'x 106 100'], '97 ours 101'],
    [
      'F11: begun in an older copy, with the number of another one',
      ['y 101 101', 'z 101 101'],
      '97 ours 101',
    ],
  ])('%s', (_, attempts, last) => {
    expect(answers(attempts).at(-1)).toBe(last)
  })

  it('is told with its installation and number', () => {
    const shell = openHostShell()
    shell.run('enter d1 app.production ours 7 7 U01ALICE 0')
    expect(readFences(shell.step('fences').output)).toEqual([{ installation: 'ours', number: 7 }])
  })
})
