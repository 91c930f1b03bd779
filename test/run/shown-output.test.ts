import { expect, it } from 'vitest'
import { shownOutcome } from '../../src/run/shown-output.ts'

const failed = { status: 'failed', exit: { code: 1 }, durationMs: 1 } as const

it.each([
  ['what the host did not send', 'short', 7_000, 'short', 7_000],
  [
    'what is too much to show',
    `${'é'.repeat(10)}${'y'.repeat(4_000)}`,
    undefined,
    `… ${'y'.repeat(4_000)}`,
    20,
  ],
  ['both', 'y'.repeat(5_000), 7_000, `… ${'y'.repeat(4_000)}`, 8_000],
])('a failed step says how many bytes its output lacks: %s', (_, output, cut, shown, cutBytes) => {
  const outcome = { ...failed, output, ...(cut !== undefined && { cutBytes: cut }) }
  expect(shownOutcome(outcome, [])).toEqual({ ...failed, output: shown, cutBytes })
})

it('nothing is cut of what is shown whole, nor of what is not shown at all', () => {
  expect(shownOutcome({ ...failed, output: 'whole' }, [])).toEqual({ ...failed, output: 'whole' })
  const ok = { status: 'ok', durationMs: 1, output: 'y'.repeat(5_000), cutBytes: 7 } as const
  expect(shownOutcome(ok, [])).toEqual({ status: 'ok', durationMs: 1, output: '' })
})
