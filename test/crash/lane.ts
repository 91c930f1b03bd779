import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { wrongIn } from './checker.ts'
import { HEARD, isStart, type Life, nameOf, RESET, SWAP } from './life.ts'
import { deathIn, type Lines, mayBeTwice, namesIn, triedBy } from './log.ts'
import { look } from './look.ts'
import { lift, play, quiet } from './play.ts'
import type { Point } from './point.ts'
import { arm, isAlive, linesOf, type World } from './world.ts'

export interface Ledger {
  /** Moments at which a bot has died, over all lanes. */
  readonly tried: Set<string>
  /** Names of all effects that were met. */
  readonly met: Set<string>
  /** The point at which it died, and what was wrong after the restart. */
  readonly wrong: { readonly life: string; readonly what: string }[]
  deaths: number
  /** How many deaths one check may follow: each restart but the last dies in its turn, where it comes by the next point. */
  readonly inARow: number
  /** The next life that a lane in this state is to try; undefined: there is none left. */
  next(state: State): Life | undefined
}

/** `new`: no host knows the records. `unfinished`: a code deploy is left. */
export type State = 'new' | 'unfinished' | 'other'

/** What hosts write when a bot is gone may come a moment after all else is quiet. */
const HOSTS_WITHIN_MS = 5_000

/** Lets the bot die at one point after another. When it is started again, everything has to become quiet and right. */
export async function runLane(world: World, ledger: Ledger): Promise<void> {
  const twice = { messages: 0, answers: 0 }
  /** Where it has died since all was right. */
  let row: readonly Life[] = []
  let known: readonly string[] = []

  function wrong(what: string): void {
    // At once, for a run that is broken off.
    console.log(`${nameOf(row)}: ${what}`)
    ledger.wrong.push({ life: nameOf(row), what })
  }

  function ended(lines: Lines): void {
    for (const moment of triedBy(lines)) ledger.tried.add(moment)
    for (const name of namesIn(lines)) ledger.met.add(name)
    const more = mayBeTwice(lines)
    twice.messages += more.messages
    twice.answers += more.answers
  }

  /** `dead`: the bot came by the point before all was quiet. */
  async function settle(point?: Point): Promise<'quiet' | 'dead'> {
    arm(world.files, point)
    await world.lapse()
    try {
      await world.bot.restart()
      await quiet(world)
      await lift(world)
      if (deathIn(linesOf(world.files)) !== undefined) return 'dead'
      if (!isAlive(world)) throw new Error(world.bot.log().slice(-3_000))
    } catch (error) {
      const lines = linesOf(world.files)
      if (deathIn(lines) !== undefined) return 'dead'
      const far = lines.slice(-5).join(', ')
      throw new Error(`After CRASH_POINT='${nameOf(row)}' the bot came as far as: ${far}. ${error}`)
    }
    const found = await wrongNow(world, twice)
    for (const what of found.filter(each => !known.includes(each))) wrong(what)
    known = found
    row = []
    ended(linesOf(world.files))
    return 'quiet'
  }

  /** Dies there, for what comes next. */
  async function die({ place, point }: typeof RESET | typeof SWAP | typeof HEARD): Promise<void> {
    await settle()
    arm(world.files, point)
    await play(world, place)
    await world.bot.kill('SIGKILL')
    ended(linesOf(world.files))
  }

  /** Until it dies; what it did. In a row it may die on the way to being quiet. */
  async function live(life: Life, isInRow: boolean): Promise<Lines> {
    const { point, place } = life
    const isDead = !isStart(place) && (await settle(isInRow ? point : undefined)) === 'dead'
    row = [...row, life]
    if (!isDead) arm(world.files, point)
    if (isStart(place)) await startAgain(world)
    else if (!isDead) await play(world, place)
    await world.bot.kill('SIGKILL')
    const lines = linesOf(world.files)
    ended(lines)
    return lines
  }

  await world.bot.kill('SIGKILL')
  let state: State = 'new'
  for (let life = ledger.next(state); life; life = ledger.next(state)) {
    const { place } = life
    if (place === 'fresh') forgetRecords(world)
    if (place === 'restart' && state !== 'unfinished') await die(RESET)
    if (place === 'resume' || place === 'leave') await die(SWAP)
    if (place === 'left') await die(HEARD)
    world.answer = place === 'resume' ? place : 'leave'
    for (let tries = 1; ; tries += 1) {
      const isInRow = row.length > 0 && row.length < ledger.inARow && row.at(-1)?.place === place
      const lines = await live(life, isInRow && tries === 1)
      // What comes about depends on what was before: the third deployment finds an offer to withdraw.
      if (deathIn(lines) !== undefined || tries === TRIES) break
    }
    ledger.deaths += 1
    if (place !== 'fresh') state = (await hasUnfinished(world)) ? 'unfinished' : 'other'
  }
  await settle()
}

/** A point that never comes about is told at the end: nobody has died there. */
const TRIES = 3

/** It may die before it is connected. */
async function startAgain(world: World): Promise<void> {
  await world.lapse()
  await world.bot.restart().then(
    () => quiet(world),
    () => {},
  )
}

async function wrongNow(
  world: World,
  twice: { messages: number; answers: number },
): Promise<readonly string[]> {
  const limit = performance.now() + HOSTS_WITHIN_MS
  for (;;) {
    const wrong = wrongIn(await look(world, twice))
    if (wrong.length === 0 || performance.now() > limit) return wrong
    await sleep(200)
  }
}

async function hasUnfinished(world: World): Promise<boolean> {
  const rows = await world.rows("SELECT order_json FROM deployments WHERE status = 'running'").catch(() => [])
  return rows.some(row => JSON.parse(String(row['order_json'])).kind === 'code')
}

/** Only while no host knows them. */
function forgetRecords({ folder }: World): void {
  for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `touchdown.db${end}`), { force: true })
}
