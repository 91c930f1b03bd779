import { expect, it } from 'vitest'
import { pull } from '../../src/plan/steps.ts'
import { taken } from '../../src/run/host-work.ts'

const MIRROR = 'dial tcp 127.0.0.1:1: connect: connection refused\n::td pull-failed m/app\n'
const EARLY = 'mktemp: No space left on device'

it.each([
  ['by what the last place said', `${MIRROR}toomanyrequests\n::td pull-failed r/app\n`, 'toomanyrequests'],
  ['by nothing when the last place said nothing', `${MIRROR}::td pull-failed r/app\n`, ''],
  ['by what was said before any place was asked', EARLY, EARLY],
])('a pull that failed is explained %s', (_, output, said) => {
  const failed = { status: 'failed', exit: { code: 124 }, output, durationMs: 1 } as const
  const step = pull([], () => undefined)
  expect(taken(failed, step, [])).toMatchObject({ because: { kind: 'time-over', output: said } })
})
