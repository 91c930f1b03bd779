import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import type { Clock, MessageStore, Store, Teller, Told } from '../ports.ts'
import { answerOf, type Call, callOf } from './calls.ts'
import { type SlackSettings, webClient } from './client.ts'
import { troubles } from './overcome.ts'
import { type Pace, realPace } from './pace.ts'
import { type Job, limits, pick } from './pick.ts'
import {
  absorb,
  channelFor,
  hasEnded,
  hasLines,
  hearEvent,
  newTelling,
  nextLines,
  type Place,
  standing,
  type Telling,
} from './telling.ts'

/** A call that hangs holds up all others. */
const CALL_TIMEOUT_MS = 10_000
/** What ended longer ago is no news. */
const STALE_MS = 24 * 60 * 60 * 1_000
/** How long a deployment whose message cannot even be made is left alone: a fault of ours. */
const PAUSE_MS = 30_000

export interface Publisher extends Teller {
  /**
   * Takes up what Slack does not show yet: call it at start, before deployments resume. Called again and again it also tells
   * what another process deploys.
   */
  resume(): Promise<void>
  /** Where the message stands, once it is posted; undefined: no channel takes it, or the publisher was closed before. */
  place(deployment: string): Promise<Place | undefined>
  /** Sends what it can within the time, then stops. A later `resume` sends the rest. */
  close(ms: number): Promise<void>
}

export interface PublisherParts {
  readonly slack: SlackSettings
  readonly store: Pick<Store, 'events' | 'audit'>
  readonly messages: MessageStore
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  readonly pace?: Pace
}

/**
 * Keeps one message per deployment current, with its thread and the one broadcast at the end. One loop sends, within Slack's
 * limits, always the newest state; nobody waits for it. What is wanted follows from the recorded events, what was sent is
 * recorded as it is sent, so neither a crash nor an hour without Slack loses an end.
 */
export function startPublisher(parts: PublisherParts): Publisher {
  const { messages, store, config, clock, log, pace = realPace } = parts
  const client = webClient(parts.slack, log, CALL_TIMEOUT_MS)
  const tellings = new Map<string, Telling>()
  const waiting = new Map<string, ((place: Place | undefined) => void)[]>()
  const budget = limits()
  const overcome = troubles({ store, config, log, pace, limits: budget, keep })
  let alarm = new AbortController()
  let deadline: number | undefined
  /** What is recorded before the first `resume` ends is an earlier process's. */
  let isFirstLook = true

  const wake = (): void => alarm.abort()
  const loop = run().catch(error =>
    log.error({ err: error }, 'The publisher stopped: nothing more is told in Slack.'),
  )

  async function run(): Promise<void> {
    for (;;) {
      alarm = new AbortController()
      const now = pace.now()
      if (deadline !== undefined && now >= deadline) return
      const job = pick(tellings.values(), telling => placeFor(telling), budget, now, deadline !== undefined)
      if (job !== undefined && job.readyAt <= now) {
        await attempt(job, now)
        continue
      }
      if (deadline !== undefined && (job === undefined || job.readyAt > deadline) && !isLoading()) return
      await pace.wait((job?.readyAt ?? deadline ?? Number.POSITIVE_INFINITY) - now, alarm.signal)
    }
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
    await messages.save(telling.told).catch(problem('What Slack shows could not be recorded.'))
    const place = standing(telling.told)
    if (place) answer(telling.deployment.id, place)
  }

  /** Forgets what is told to its end, and what nobody will hear. */
  async function finish(telling: Telling): Promise<void> {
    const { told, events, deployment } = telling
    if (!telling.isLoaded) return
    const isNowhere = placeFor(telling) === undefined
    if (isNowhere) answer(deployment.id, undefined)
    if (!hasEnded(telling)) return
    const isShown = telling.shown >= events.length || telling.isFrozen
    if (!isNowhere && !(told.final && isShown && !hasLines(telling))) return
    await keep(telling, { lines: events.length, done: true })
    // An event that arrived meanwhile is one more thing to tell.
    if (isNowhere || telling.told.lines >= telling.events.length) tellings.delete(deployment.id)
  }

  function placeFor(telling: Telling): string | undefined {
    return telling.told.parent === undefined ? channelFor(telling, config) : telling.told.channel
  }

  function telling(deployment: Deployment): Telling {
    const known = tellings.get(deployment.id)
    if (known) return known
    const begun = newTelling(deployment)
    tellings.set(deployment.id, begun)
    begun.loaded = load(begun).finally(wake)
    return begun
  }

  async function load(telling: Telling): Promise<void> {
    const { id } = telling.deployment
    try {
      const told = await messages.told(id)
      if (told) telling.told = told
      await readRecords(telling)
      // What was shown is not recorded: one edit more after a restart. What was told to its end is shown.
      telling.shown = telling.told.done ? telling.told.lines : 0
    } catch (error) {
      problem('How far a deployment was told could not be read.')(error)
    }
    telling.isLoaded = true
    await finish(telling)
  }

  async function readRecords(telling: Telling): Promise<void> {
    const recorded = await store.events(telling.deployment.id)
    absorb(
      telling,
      recorded.map(entry => entry.event),
      isFirstLook,
    )
    if (hasLines(telling)) telling.waitingSince ??= pace.now()
  }

  async function takeUp(deployment: Deployment): Promise<void> {
    const known = telling(deployment)
    const wasLoaded = known.isLoaded
    await known.loaded
    if (wasLoaded) await readRecords(known)
    wake()
  }

  function answer(deployment: string, place: Place | undefined): void {
    for (const resolve of waiting.get(deployment) ?? []) resolve(place)
    waiting.delete(deployment)
  }

  function isLoading(): boolean {
    return [...tellings.values()].some(telling => !telling.isLoaded)
  }

  function problem(what: string): (error: unknown) => void {
    return error => log.error({ err: error }, what)
  }

  return {
    tell(deployment, event) {
      const known = telling(deployment)
      known.deployment = deployment
      hearEvent(known, event)
      known.waitingSince ??= pace.now()
      wake()
    },

    async resume() {
      for (const deployment of await messages.untold(clock.now() - STALE_MS)) await takeUp(deployment)
      isFirstLook = false
    },

    async place(deployment) {
      const told = tellings.get(deployment)?.told ?? (await messages.told(deployment))
      const place = told && standing(told)
      if (place) return place
      if (deadline !== undefined) return undefined
      return new Promise(resolve => {
        waiting.set(deployment, [...(waiting.get(deployment) ?? []), resolve])
      })
    },

    async close(ms) {
      deadline = pace.now() + ms
      wake()
      const timeUp = new AbortController()
      await Promise.race([loop, pace.wait(ms, timeUp.signal)])
      timeUp.abort()
      for (const deployment of [...waiting.keys()]) answer(deployment, undefined)
    },
  }
}
