import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { wrongIn } from './checker.ts'
import type { Place } from './effects.ts'
import { deathIn, type Lines, mayBeTwice, namesIn, triedBy } from './log.ts'
import { look } from './look.ts'
import { lift, play, quiet } from './play.ts'
import { momentOf, type Point } from './point.ts'
import { arm, linesOf, type World } from './world.ts'

/** One life of the bot: where it shall die, and what it is doing then. */
export interface Life {
  readonly point: Point
  readonly place: Exclude<Place, 'seldom'>
}

export interface Ledger {
  /** Moments at which a bot has died, over all lanes. */
  readonly tried: Set<string>
  /** Names of all effects that were met. */
  readonly met: Set<string>
  /** The point at which it died, and what was wrong after the restart. */
  readonly wrong: { readonly life: string; readonly what: string }[]
  deaths: number
  /** The next life that a lane in this state is to try; undefined: there is none left. */
  next(state: State): Life | undefined
}

/** `new`: no host knows the records. `unfinished`: a code deploy is left. */
export type State = 'new' | 'unfinished' | 'other'

/** What hosts write when a bot is gone may come a moment after all else is quiet. */
const HOSTS_WITHIN_MS = 5_000

/** Lets the bot die at one point after another. After each it is started again, and everything has to become quiet and right. */
export async function runLane(world: World, ledger: Ledger): Promise<void> {
  const twice = { messages: 0, answers: 0 }
  let last = 'at the start'
  let known: readonly string[] = []

  function wrong(what: string): void {
    // At once, for a run that is broken off.
    console.log(`${last}: ${what}`)
    ledger.wrong.push({ life: last, what })
  }

  function ended(lines: Lines): void {
    for (const moment of triedBy(lines)) ledger.tried.add(moment)
    for (const name of namesIn(lines)) ledger.met.add(name)
    const more = mayBeTwice(lines)
    twice.messages += more.messages
    twice.answers += more.answers
  }

  async function settle(): Promise<void> {
    arm(world.files, undefined)
    await world.lapse()
    try {
      await world.bot.restart()
      await quiet(world)
      await lift(world)
    } catch (error) {
      const lines = linesOf(world.files).slice(-5).join(', ')
      throw new Error(`After CRASH_POINT='${last}' the bot came as far as: ${lines}. ${error}`)
    }
    const found = await wrongNow(world, twice)
    for (const what of found.filter(each => !known.includes(each))) wrong(what)
    known = found
    ended(linesOf(world.files))
  }

  /** Dies there, for what comes next. */
  async function die({ place, point }: typeof RESET | typeof SWAP): Promise<void> {
    await settle()
    arm(world.files, point)
    await play(world, place)
    await world.bot.kill('SIGKILL')
    ended(linesOf(world.files))
  }

  await world.bot.kill('SIGKILL')
  let state: State = 'new'
  for (let life = ledger.next(state); life; life = ledger.next(state)) {
    const { point, place } = life
    if (place === 'fresh') forgetRecords(world)
    if (place === 'restart' && state !== 'unfinished') await die(RESET)
    if (place === 'resume' || place === 'leave') await die(SWAP)
    world.answer = place === 'resume' ? place : 'leave'
    const name = `${momentOf(point)} ${point.nth}`
    for (let tries = 1; ; tries += 1) {
      if (!isStart(place)) await settle()
      last = name
      arm(world.files, point)
      if (isStart(place)) await startAgain(world)
      else await play(world, place)
      await world.bot.kill('SIGKILL')
      const lines = linesOf(world.files)
      ended(lines)
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

function isStart(place: Life['place']): place is 'fresh' | 'restart' | 'resume' | 'leave' {
  return ['fresh', 'restart', 'resume', 'leave'].includes(place)
}

/** What a start has to find: a code deploy that nobody works at, a container's swap that nobody sees the end of. */
const RESET = { place: 'code', point: { moment: 'after', name: 'step reset started', nth: 1 } } as const
const SWAP = { place: 'container', point: { moment: 'after', name: 'step swap started', nth: 1 } } as const

async function hasUnfinished(world: World): Promise<boolean> {
  const rows = await world.rows("SELECT order_json FROM deployments WHERE status = 'running'").catch(() => [])
  return rows.some(row => JSON.parse(String(row['order_json'])).kind === 'code')
}

/** Only while no host knows them. */
function forgetRecords({ folder }: World): void {
  for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `touchdown.db${end}`), { force: true })
}
