import { expect, it } from 'vitest'
import { machineProblem } from '../../demo/machine.ts'
import { allPoints, lifeFrom } from './points.ts'
import { startSampleWorld } from './sample-world.ts'
import { tryPoints } from './try-points.ts'

const problem = machineProblem(process.platform, process.env['PATH'] ?? '')
if (problem !== undefined && process.env['TOUCHDOWN_E2E'] === 'required') throw new Error(problem)

const HOW = 'npx vitest run --config vitest.torture.config.ts test/crash/sample-hosts.e2e.ts'
/** How many hosts each lane's service has. Lanes wait more than they work. */
const LANES = [2, 1, 1, 1] as const

it.skipIf(problem !== undefined)(
  'G4, G5: a bot that is killed before and after each effect loses nothing and does nothing twice',
  async () => {
    const only = process.env['CRASH_POINT']
    const everyTime = only === undefined && process.env['TOUCHDOWN_TORTURE'] !== undefined
    const lives = only === undefined ? allPoints() : [lifeFrom(only)]
    const lanes = LANES.map(hosts => (preload: string) => startSampleWorld(preload, hosts))
    expect(await tryPoints({ lives, lanes, how: HOW, everyTime })).toEqual([])
  },
  7_200_000,
)
