import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import type { Told } from '../ports/messages.ts'
import type { Store } from '../ports/store.ts'
import { callProblem, mayHaveArrived } from './client.ts'
import { isUser } from './mentions.ts'
import type { Pace } from './pace.ts'
import type { Job, Limits } from './pick.ts'
import { channelFor, nextLines, type Telling } from './telling.ts'
import { troubleOf } from './trouble.ts'

export interface TroubleParts {
  readonly store: Pick<Store, 'audit'>
  readonly config: Config
  readonly log: Logger
  readonly pace: Pace
  readonly limits: Limits
  /** Records what is told now. */
  readonly keep: (telling: Telling, change: Partial<Told>) => Promise<void>
}

/**
 * What to do when a call fails. Every trouble either waits for its time or changes what is tried next, so nothing goes round
 * in circles and nothing is given up that a later call could still tell.
 */
export function troubles(parts: TroubleParts): (job: Job, error: unknown) => Promise<void> {
  const { store, config, log, pace, limits, keep } = parts

  async function overcome(job: Job, error: unknown): Promise<void> {
    const { telling, kind, channel } = job
    const about = { deployment: telling.deployment.id, call: kind, channel }
    const gate = limits.gateOf(kind)
    const trouble = troubleOf(error, isReply(job))
    switch (trouble.kind) {
      case 'too-fast':
        log.info(about, `Slack asks to wait ${trouble.ms / 1_000} s before the next such call.`)
        return gate.holdFor(pace.now(), trouble.ms)
      case 'down':
        log.warn(about, `${callProblem(error)}. It is tried again until it works.`)
        if (kind === 'post') telling.mayStandTwice ||= mayHaveArrived(error)
        return gate.backOff(pace.now())
      case 'channel':
        return bar(telling, channel, error)
      case 'message':
        return postAnew(job, error)
      case 'thread':
        log.warn(about, `${callProblem(error)}. The rest is told without the thread.`)
        telling.hasNoThread = true
        return
      case 'content':
        log.error(about, `${callProblem(error)} of what the bot sends. Please report this.`)
        if (telling.plain.has(kind)) return giveUp(job, error)
        telling.plain.add(kind)
        return
    }
  }

  /** Once: a second message that is lost is not made up for, only the end is told. */
  async function postAnew({ telling, kind }: Job, error: unknown): Promise<void> {
    // Only a button was to go or to come back: a message of its own would be no news.
    const last = telling.events.at(-1)?.kind
    const isNoNews = telling.told.final && (last === 'withdrawn' || last === 'offered')
    const reposted = telling.told.reposted || isNoNews
    const next = reposted ? 'It goes on without.' : 'The message is posted anew.'
    log.warn({ deployment: telling.deployment.id, call: kind }, `${callProblem(error)}. ${next}`)
    if (!reposted) return keep(telling, { parent: undefined, reposted: true })
    if (kind === 'edit') telling.isFrozen = true
    else telling.hasNoThread = true
  }

  /** As text alone it is not taken either: the rest goes on without it. */
  async function giveUp(job: Job, error: unknown): Promise<void> {
    const { telling, kind, channel } = job
    switch (kind) {
      case 'post':
        return bar(telling, channel, error)
      case 'edit':
        telling.shown = telling.events.length
        return
      case 'lines':
        return keep(telling, { lines: nextLines(telling).upTo })
      case 'final':
        return isReply(job) ? tellBeside(telling, channel, error) : bar(telling, channel, error)
    }
  }

  /** The end is what must be heard: without the thread that Slack will not have it in. */
  async function tellBeside(telling: Telling, channel: string, error: unknown): Promise<void> {
    telling.hasNoThread = true
    const detail = `${callProblem(error)} for the end in the thread; told in ${channel} beside it`
    await write(telling, 'end-unthreaded', detail)
  }

  async function bar(telling: Telling, channel: string, error: unknown): Promise<void> {
    const { told } = telling
    const asked = channelFor(telling, config)
    // A direct message stands in a channel of its own, but who gets it is what must not be tried again.
    const barred = asked !== undefined && isUser(asked) ? [channel, asked] : [channel]
    await keep(telling, {
      barred: [...new Set([...told.barred, ...barred])],
      channel: undefined,
      parent: undefined,
    })
    // Of the next place nothing is known yet.
    telling.hasNoThread = false
    telling.isFrozen = false
    telling.mayStandTwice = false
    const next = channelFor(telling, config)
    const instead = next === undefined ? 'it is told nowhere in Slack' : `told in ${next} instead`
    await write(telling, 'channel-barred', `${callProblem(error)} for ${channel}; ${instead}`)
  }

  async function write({ deployment }: Telling, decision: string, detail: string): Promise<void> {
    log.warn({ deployment: deployment.id }, detail)
    const { service, environment } = deployment.order.target
    await store
      .audit({
        actor: deployment.requestedBy,
        action: 'tell',
        target: `${service}.${environment}`,
        decision,
        detail: `${deployment.id} ${detail}`,
      })
      .catch(error => log.error({ err: error }, `That could not be audited: ${decision}.`))
  }

  return overcome
}

function isReply({ kind, telling }: Job): boolean {
  return kind === 'lines' || (kind === 'final' && !telling.hasNoThread)
}
