import { type Place, SCENARIOS, type Scenario } from './effects.ts'
import { momentOf, type Point } from './point.ts'

/** One life of the bot: where it shall die, and what it is doing then. */
export interface Life {
  readonly point: Point
  readonly place: Exclude<Place, 'seldom'>
}

/** As CRASH_POINT takes them. */
export function nameOf(row: readonly Life[]): string {
  return row.map(({ point }) => `${momentOf(point)} ${point.nth}`).join(', ') || 'the start'
}

/** Whether it comes about at a start. */
export function isStart(place: Life['place']): place is Exclude<Life['place'], Scenario> {
  return !SCENARIOS.some(scenario => scenario === place)
}

/** What a start has to find: a code deploy that nobody works at, a container's swap that nobody sees the end of, a command. */
export const RESET = {
  place: 'code',
  point: { moment: 'after', name: 'step reset started', nth: 1 },
} as const
export const SWAP = {
  place: 'container',
  point: { moment: 'after', name: 'step swap started', nth: 1 },
} as const
export const HEARD = {
  place: 'refusal',
  point: { moment: 'after', name: 'record +commands', nth: 1 },
} as const
