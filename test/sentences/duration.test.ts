import { describe, expect, it } from 'vitest'
import { agoText, secondsText } from '../../src/sentences/duration.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

describe('a duration', () => {
  it.each([
    [0, '0 s'],
    [1, '0.01 s'],
    [183, '0.18 s'],
    [994, '0.99 s'],
    [996, '1.0 s'],
    [1_874, '1.9 s'],
    [9_949, '9.9 s'],
    [9_951, '10 s'],
    [30 * SECOND, '30 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [125 * SECOND, '2 min 5 s'],
    [15 * MINUTE, '15 min'],
    [3_599_600, '1 h'],
    [3 * HOUR + 10 * MINUTE, '3 h 10 min'],
  ])('of %d ms reads %s', (ms, text) => {
    expect(secondsText(ms)).toBe(text)
  })
})

describe('a time that has passed', () => {
  it.each([
    [-5 * SECOND, 'just now'],
    [4_999, 'just now'],
    [5_000, '5 s ago'],
    [59_999, '59 s ago'],
    [12 * MINUTE, '12 min ago'],
    [3 * HOUR, '3 h ago'],
    [24 * HOUR, '1 day ago'],
    [50 * HOUR, '2 days ago'],
  ])('by %d ms reads %s', (ms, text) => {
    expect(agoText(1_000_000_000, 1_000_000_000 + ms)).toBe(text)
  })
})
