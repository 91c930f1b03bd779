import { expect, it } from 'vitest'
import { machineProblem } from '../../demo/machine.ts'
import { allPoints, livesFrom } from './points.ts'
import { startSampleWorld } from './sample-world.ts'
import { tryPoints } from './try-points.ts'

const problem = machineProblem(process.platform, process.env['PATH'] ?? '')
if (problem !== undefined && process.env['TOUCHDOWN_E2E'] === 'required') throw new Error(problem)

const HOW = 'npx vitest run --config vitest.crash.config.ts'
/** So a point costs less than a whole deployment. In torture each one is tried by itself. */
const IN_A_ROW = 3
/** How many hosts each lane's service has. Lanes wait more than they work. */
const LANES = [2, 1, 1, 1] as const

it.skipIf(problem !== undefined)(
  'G4, G5: a bot that is killed before and after each effect loses nothing and does nothing twice',
  async () => {
    const only = process.env['CRASH_POINT']
    const everyTime = only === undefined && process.env['TOUCHDOWN_TORTURE'] !== undefined
    const lives = only === undefined ? allPoints() : livesFrom(only)
    const lanes = LANES.map(hosts => (program: string) => startSampleWorld(program, hosts))
    const inARow = everyTime ? 1 : IN_A_ROW
    expect(await tryPoints({ lives, lanes, how: HOW, everyTime, inARow })).toEqual([])
  },
  7_200_000,
)
