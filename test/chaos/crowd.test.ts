import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crowd } from './crowd.ts'

const SIZE = {
  commands: 1_000,
  withinMs: 10_000,
  people: 100,
  services: 100,
  deploys: 180,
  revisions: ['one', 'two'],
}
const named = (service: number) => `s${service}`

describe('a crowd', () => {
  it('is the same for the same seed, and another for another one', () => {
    expect(crowd(7, SIZE, named)).toEqual(crowd(7, SIZE, named))
    expect(crowd(7, SIZE, named)).not.toEqual(crowd(8, SIZE, named))
  })

  it('says everything within its time, and no person more than a person may', () => {
    fc.assert(
      fc.property(fc.integer(), seed => {
        const words = crowd(seed, SIZE, named)
        expect(words).toHaveLength(1_000)
        expect(Math.max(...words.map(({ atMs }) => atMs))).toBeLessThan(10_000)
        for (let person = 0; person < SIZE.people; person++)
          expect(words.filter(word => word.person === person)).toHaveLength(10)
      }),
      { numRuns: 10 },
    )
  })

  it('deploys each service as often as the others, each time another revision, and locks none of them', () => {
    const words = crowd(7, SIZE, named)
    const deploys = words.filter(({ becomes }) => becomes === 'deployment')
    expect(new Set(deploys.map(({ text }) => text)).size).toBe(180)
    const deployed = new Set(deploys.map(({ service }) => service))
    expect(deployed.size).toBe(90)
    const locked = words.filter(({ text }) => text.startsWith('lock ')).map(({ service }) => service)
    expect(locked.length).toBeGreaterThan(0)
    expect(locked.filter(service => deployed.has(service))).toEqual([])
  })
})
