import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import type { Clock } from '../ports/clock.ts'
import type { MessageStore, Told, Turn } from '../ports/messages.ts'
import type { Store } from '../ports/store.ts'
import { answerOf, type Call, callOf } from './calls.ts'
import { type SlackSettings, webClient } from './client.ts'
import { troubles } from './overcome.ts'
import type { Pace } from './pace.ts'
import { type Job, limits, pick } from './pick.ts'
import {
  add,
  behindSince,
  channelFor,
  hasEnded,
  hasLines,
  newTelling,
  nextLines,
  type Place,
  standing,
  type Telling,
} from './telling.ts'

/** A call that hangs holds up all others. */
export const CALL_TIMEOUT_MS = 10_000
/** What ended longer ago is no news. */
const STALE_MS = 24 * 60 * 60 * 1_000
/** How long a deployment whose message cannot even be made is left alone: a fault of ours. */
const PAUSE_MS = 30_000
/** Many events in a short time are read together. */
const READ_EVERY_MS = 200
const SAVE_AGAIN_MS = 1_000

/** The publisher in one of its turns. */
export interface Speaker {
  /** Something was recorded of it. */
  hear(deployment: string): void
  /** Takes up what Slack does not show yet. */
  look(): Promise<void>
  behindMs(): number
  /**
   * Begins what it can within the time, then waits so long for the answer to the call that is out. False: none came, so that
   * Slack may show what is not recorded.
   */
  close(ms: number, answerMs: number): Promise<boolean>
}

export interface SpeakerParts {
  readonly slack: SlackSettings
  readonly store: Pick<Store, 'audit'>
  readonly messages: Pick<MessageStore, 'news' | 'untold'>
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  readonly pace: Pace
  readonly turn: Turn
  /** Where the message of a deployment stands; undefined: no channel takes it. */
  readonly onPlace: (deployment: string, place: Place | undefined) => void
}

/** What one turn knows is gone with it: the next one, here or elsewhere, reads again what was told. */
export function startSpeaker(parts: SpeakerParts): Speaker {
  const { messages, store, config, clock, log, pace, turn, onPlace } = parts
  const client = webClient(parts.slack, log, CALL_TIMEOUT_MS)
  const tellings = new Map<string, Telling>()
  /** Of these there may be more in the records, and since when. */
  const unread = new Map<string, number>()
  const budget = limits()
  const overcome = troubles({ store, config, log, pace, limits: budget, keep })
  let alarm = new AbortController()
  let deadline: number | undefined
  /** Until what came of it is recorded. */
  let calling: Promise<void> | undefined
  let readAt = 0

  const wake = (): void => alarm.abort()
  const loop = look()
    .catch(problem('What Slack does not show yet could not be looked up.'))
    .then(run)
    .catch(problem('The publisher stopped: nothing more is told in Slack.'))

  async function run(): Promise<void> {
    for (;;) {
      alarm = new AbortController()
      const now = pace.now()
      const isHurried = deadline !== undefined
      if (isTimeUp()) return
      if (unread.size > 0 && (readAt <= now || isHurried)) {
        readAt = now + READ_EVERY_MS
        await readNews()
        continue
      }
      // Before anything else that its `notBefore` lets be done.
      const owed = [...tellings.values()].filter(({ isOwed }) => isOwed)
      const owing = owed.find(({ notBefore }) => notBefore <= now)
      if (owing) {
        await keep(owing, {})
        await finish(owing)
        continue
      }
      const job = pick(tellings.values(), placeFor, budget, now, isHurried)
      if (job !== undefined && job.readyAt <= now) {
        if (!(await turn.mayCall(CALL_TIMEOUT_MS)) || isTimeUp()) return
        calling = attempt(job, now)
        await calling
        calling = undefined
        continue
      }
      const next = Math.min(
        ...owed.map(({ notBefore }) => notBefore),
        job?.readyAt ?? Number.POSITIVE_INFINITY,
        unread.size > 0 ? readAt : Number.POSITIVE_INFINITY,
      )
      if (deadline !== undefined && next > deadline) return
      await pace.wait(next - now, alarm.signal)
    }
  }

  function isTimeUp(): boolean {
    return deadline !== undefined && pace.now() >= deadline
  }

  async function look(): Promise<void> {
    const untold = await messages.untold(clock.now() - STALE_MS)
    for (const { id, events } of untold) if (events !== (tellings.get(id)?.events.length ?? 0)) hear(id)
  }

  function hear(deployment: string): void {
    if (!unread.has(deployment)) unread.set(deployment, pace.now())
    wake()
  }

  async function readNews(): Promise<void> {
    for (const id of [...unread.keys()]) {
      // What is recorded from now on may be missed, so it is read again.
      unread.delete(id)
      await read(id).catch(problem(`What is recorded of deployment ${id} could not be read.`))
    }
  }

  async function read(id: string): Promise<void> {
    const known = tellings.get(id)
    const { deployment, told, events } = await messages.news(id, known?.events.length ?? 0)
    const isShown = !known && told?.done && told.lines >= events.length
    if (isShown || (!known && events.length === 0)) return
    const telling = known ?? newTelling(deployment, told)
    telling.deployment = deployment
    tellings.set(id, telling)
    add(telling, events, pace.now())
    await finish(telling)
  }

  async function attempt(job: Job, now: number): Promise<void> {
    const { telling } = job
    try {
      const call = callOf(job)
      if (call) await make(job, call, now)
      else await keep(telling, { lines: nextLines(telling).upTo })
    } catch (error) {
      problem(`The message of deployment ${telling.deployment.id} could not be made. Please report this.`)(
        error,
      )
      telling.notBefore = pace.now() + PAUSE_MS
    }
    await finish(telling)
  }

  async function make(job: Job, call: Call, now: number): Promise<void> {
    const { telling, kind, channel } = job
    const bucket = kind === 'edit' ? budget.edits : budget.postsTo(channel)
    bucket.take(now)
    let told: Partial<Told>
    try {
      told = call.told(answerOf(await client.apiCall(call.method, call.args), channel))
    } catch (error) {
      return overcome(job, error)
    }
    budget.gateOf(kind).wentWell()
    telling.sentAt = pace.now()
    telling.shown = call.shows ?? telling.shown
    await keep(telling, told)
  }

  async function keep(telling: Telling, change: Partial<Told>): Promise<void> {
    telling.told = { ...telling.told, ...change }
    if (telling.told.lines >= telling.events.length) telling.waitingSince = undefined
    try {
      await turn.save(telling.told)
      telling.isOwed = false
    } catch (error) {
      problem('What Slack shows could not be recorded.')(error)
      telling.isOwed = true
      telling.notBefore = pace.now() + SAVE_AGAIN_MS
    }
    const place = standing(telling.told)
    if (place) onPlace(telling.deployment.id, place)
  }

  /** Forgets what is told to its end, and what nobody will hear. */
  async function finish(telling: Telling): Promise<void> {
    const { told, events, deployment } = telling
    const isNowhere = placeFor(telling) === undefined
    if (isNowhere) onPlace(deployment.id, undefined)
    if (telling.isOwed || !hasEnded(telling)) return
    const isShown = telling.shown >= events.length || telling.isFrozen
    if (!isNowhere && !(told.final && isShown && !hasLines(telling))) return
    await keep(telling, { lines: events.length, done: true })
    if (!telling.isOwed) tellings.delete(deployment.id)
  }

  function placeFor(telling: Telling): string | undefined {
    return telling.told.parent === undefined ? channelFor(telling, config) : telling.told.channel
  }

  function problem(what: string): (error: unknown) => void {
    return error => log.error({ err: error }, what)
  }

  return {
    hear,
    look,
    behindMs() {
      const waiting = [...tellings.values()].filter(telling => placeFor(telling) !== undefined)
      const since = [...unread.values(), ...waiting.flatMap(telling => behindSince(telling) ?? [])]
      const now = pace.now()
      return now - since.reduce((oldest, time) => Math.min(oldest, time), now)
    },
    async close(ms, answerMs) {
      deadline = pace.now() + ms
      wake()
      const timeUp = new AbortController()
      await Promise.race([loop, pace.wait(ms, timeUp.signal)])
      timeUp.abort()
      // Slack takes its own time.
      await Promise.race([calling, sleep(answerMs, undefined, { ref: false })])
      return calling === undefined
    },
  }
}
