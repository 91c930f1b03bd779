import { EFFECTS, type Place, SCENARIOS, type Scenario } from './effects.ts'
import type { State } from './lane.ts'
import type { Life } from './life.ts'
import { type Lines, namesIn } from './log.ts'
import { momentOf, type Point } from './point.ts'

/** Half-way through what takes a while on a host: the old container has ended, and the new one is not well yet. */
const WAITS_MS: Readonly<Record<string, number>> = { 'step swap ended': 1_000 }
const WAIT_MS = 30

/** Before and after each effect, the first time that it comes about. */
export function allPoints(): readonly Life[] {
  const moments = ['before', 'after'] as const
  return moments.flatMap(moment =>
    Object.entries(EFFECTS).flatMap(([name, place]) =>
      place === 'seldom' ? [] : [lifeAt({ moment, name, nth: 1 }, place)],
    ),
  )
}

/** Several points, with commas between them. */
export function livesFrom(text: string): readonly Life[] {
  return text.split(', ').map(lifeFrom)
}

/** `before step reset ended`, or `after record event step 7` for its seventh time. Throws when there is no such effect. */
function lifeFrom(text: string): Life {
  const [, moment, name = '', nth = '1'] = /^(before|after) (.+?)(?: (\d+))?$/.exec(text) ?? []
  const place = EFFECTS[name]
  if (moment === undefined || place === undefined || place === 'seldom')
    throw new Error(`There is no point "${text}": say before or after, and a name of effects.ts.`)
  return lifeAt({ moment: moment === 'before' ? moment : 'after', name, nth: Number(nth) }, place)
}

/** Every further time that an effect came about in a scenario, by the lines that a bot has left which lived. */
export function furtherPoints(lines: Lines, scenario: Scenario): readonly Life[] {
  const moments = ['before', 'after'] as const
  return [...namesIn(lines)].flatMap(name => {
    const times = lines.filter(line => line === `before ${name}`).length
    const further = Array.from({ length: times - 1 }, (_, index) => index + 2)
    return further.flatMap(nth => moments.map(moment => lifeAt({ moment, name, nth }, scenario)))
  })
}

/** So many of them, in their order, always the same for one seed. */
export function sample(lives: readonly Life[], count: number, seed: number): readonly Life[] {
  const random = mulberry32(seed)
  const drawn = lives
    .map(life => ({ life, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ life }) => life)
  return lives.filter(life => drawn.includes(life))
}

/** Numbers from 0 to 1 that look like chance, and are the same for one seed. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function lifeAt(point: Point, place: Exclude<Place, 'seldom'>): Life {
  const takesAWhile = point.moment === 'before' && point.name.endsWith(' ended')
  return { point: takesAWhile ? { ...point, waitMs: WAITS_MS[point.name] ?? WAIT_MS } : point, place }
}

/**
 * Gives lanes their next life: what only happens at the very start first, what happens at a restart where something is left
 * unfinished, and nothing that the death at another point has tried already.
 */
export function lifeQueue(lives: readonly Life[], tried: ReadonlySet<string>) {
  const left = [...lives]
  return (state: State): Life | undefined => {
    const open = left.filter(({ point }) => point.nth > 1 || !tried.has(momentOf(point)))
    const fits = { new: 'fresh', unfinished: 'restart', other: undefined }[state]
    const next =
      open.find(({ place }) => place === fits) ??
      open.find(({ place }) => SCENARIOS.some(scenario => scenario === place)) ??
      open.find(({ place }) => place !== 'fresh')
    if (next) left.splice(left.indexOf(next), 1)
    return next
  }
}
