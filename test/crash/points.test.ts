import { describe, expect, it } from 'vitest'
import { nameOf } from './life.ts'
import { allPoints, lifeQueue, livesFrom, sample } from './points.ts'

describe('CRASH_POINT', () => {
  it('names each point as a failed run does, in their order', () => {
    const lives = livesFrom('before step reset ended 1, after reply 2, after record event ended')
    expect(nameOf(lives)).toBe('before step reset ended 1, after reply 2, after record event ended 1')
    expect(lives.map(({ place }) => place)).toEqual(['code', 'code', 'code'])
    expect(lives[0]?.point.waitMs).toBeGreaterThan(0)
  })

  it.each(['before nothing of that name', 'reply', 'before record event queued'])('refuses %s', text => {
    expect(() => livesFrom(text)).toThrow(`There is no point "${text}"`)
  })
})

it('draws the same points for the same seed, in the order in which they come about', () => {
  const drawn = sample(allPoints(), 20, 1)
  expect(drawn).toEqual(sample(allPoints(), 20, 1))
  expect(drawn).not.toEqual(sample(allPoints(), 20, 2))
  const all = allPoints().map(life => nameOf([life]))
  const places = drawn.map(life => all.indexOf(nameOf([life])))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
})

it('tries first what only the very first start does, and what a start does where something is unfinished', () => {
  const next = lifeQueue(livesFrom('after reply, before open the socket, before record +meta'), new Set())
  expect(nameOf([next('new')].flatMap(life => life ?? []))).toBe('before record +meta 1')
  expect(nameOf([next('unfinished')].flatMap(life => life ?? []))).toBe('before open the socket 1')
  expect(nameOf([next('other')].flatMap(life => life ?? []))).toBe('after reply 1')
  expect(next('other')).toBeUndefined()
})

it('tries nothing that the death at another point has tried, but each further time', () => {
  const next = lifeQueue(livesFrom('after reply, after reply 2'), new Set(['after reply']))
  expect(next('other')?.point.nth).toBe(2)
  expect(next('other')).toBeUndefined()
})
