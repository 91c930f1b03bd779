import { rmSync } from 'node:fs'
import { figures } from '../figures.ts'
import { bundle } from './bundle.ts'
import { EFFECTS, SCENARIOS } from './effects.ts'
import { type Ledger, runLane } from './lane.ts'
import type { Life } from './life.ts'
import { play } from './play.ts'
import { momentOf } from './point.ts'
import { furtherPoints, lifeQueue } from './points.ts'
import { arm, linesOf, type World } from './world.ts'

/** How a lane's world is started. */
export type Start = (program: string) => Promise<World>

/** Lets bots die at all these points, one lane beside the other; sentences about what was wrong, with how to try that again. */
export async function tryPoints(parts: {
  readonly lives: readonly Life[]
  readonly lanes: readonly Start[]
  readonly how: string
  /** Each time that an effect comes about in a scenario, not the first time alone. */
  readonly everyTime?: boolean
  /** After so many deaths at most all has to be quiet and right. */
  readonly inARow: number
}): Promise<readonly string[]> {
  const { lives, lanes, how, inARow, everyTime = false } = parts
  const { folder, program } = await bundle()
  const tried = new Set<string>()
  const ledger: Omit<Ledger, 'next'> = { tried, met: new Set(), wrong: [], deaths: 0, inARow }
  const stuck: string[] = []
  const began = performance.now()
  try {
    const further = everyTime && lanes[0] ? await furtherLives(await lanes[0](program)) : []
    const next = lifeQueue([...lives, ...further], tried)
    await Promise.all(
      lanes.slice(0, Math.ceil(lives.length / inARow)).map(async start => {
        const world = await start(program)
        await runLane(world, Object.assign(ledger, { next }))
          .catch(error => {
            // The other lanes try what is left.
            console.log(String(error))
            stuck.push(`${error}\n  again, with this CRASH_POINT: ${how}`)
          })
          .finally(world.stop)
      }),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const seconds = Math.round((performance.now() - began) / 1_000)
  figures(`${ledger.deaths} deaths at ${tried.size} moments of ${ledger.met.size} effects, ${seconds} s`)
  const unnamed = [...ledger.met].filter(name => !(name in EFFECTS))
  const untried = lives.filter(({ point }) => !tried.has(momentOf(point)))
  return [
    ...stuck,
    ...ledger.wrong.map(({ life, what }) => `${what}\n  again: CRASH_POINT='${life}' ${how}`),
    ...unnamed.map(name => `"${name}" has no name in test/crash/effects.ts`),
    ...(stuck.length > 0
      ? [`${untried.length} moments were not tried`]
      : untried.map(
          ({ point }) => `nobody died ${momentOf(point)}\n  again: CRASH_POINT='${momentOf(point)}' ${how}`,
        )),
  ]
}

/** A life without a death shows how often effects come about. */
async function furtherLives(world: World): Promise<readonly Life[]> {
  const lives: Life[] = []
  for (const scenario of SCENARIOS) {
    arm(world.files, undefined)
    await play(world, scenario)
    lives.push(...furtherPoints(linesOf(world.files), scenario))
  }
  await world.stop()
  return lives
}
