import { describe, expect, it } from 'vitest'
import { agoText, dateText, dayText } from '../../../demo/page/model/times.ts'

const NOON = new Date(2027, 0, 15, 12, 0, 7).getTime()
const MINUTE = 60_000

describe('relative times', () => {
  it.each([
    [-3_000, 'now'],
    [4_000, 'now'],
    [14_000, '10 s ago'],
    [5 * MINUTE, '5 min ago'],
    [90 * MINUTE, '10:30'],
  ])('%d ms before: %s', (before, text) => {
    expect(agoText(NOON - before, NOON)).toBe(text)
  })
})

describe('days', () => {
  it.each([
    [new Date(2027, 0, 15), 'today'],
    [new Date(2027, 0, 14, 23, 59), 'yesterday'],
    [new Date(2026, 11, 31), '31 December 2026'],
  ])('%s: %s', (date, text) => {
    expect(dayText(date.getTime(), NOON)).toBe(text)
  })
})

describe('dates that a message asks for', () => {
  it.each([
    ['{date_short_pretty} {time_secs}', 'today 12:00:07'],
    ['{date_short} at {time}', '15 Jan 2027 at 12:00'],
    ['{unknown}', '{unknown}'],
  ])('%s: %s', (format, text) => {
    expect(dateText(Math.floor(NOON / 1000), format, NOON)).toBe(text)
  })
})
