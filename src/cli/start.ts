import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config, Settings } from '../config/config.ts'
import { openMirrors } from '../git/mirrors.ts'
import { floodLimit } from '../policy/flood.ts'
import { resumeUnfinished } from '../run/recovery.ts'
import { startScheduler } from '../run/scheduler.ts'
import { noticeText } from '../sentences/notice.ts'
import { startSlack, TokenRejected } from '../slack/app.ts'
import { slackPeople } from '../slack/people.ts'
import { startPublisher } from '../slack/publisher.ts'
import { slackReplies } from '../slack/replies.ts'
import { offerAt } from '../story/offer.ts'
import { voidBecause } from '../story/still.ts'
import type { Bot } from '../touchdown.ts'
import { startActing } from './acting.ts'
import { startHealth } from './health.ts'
import { EX_CONFIG, EX_TEMPFAIL, NotStarted } from './not-started.ts'
import { CLOCK, cacheDirectory, newId, openRecords, realHosts, worldOf } from './wire.ts'

/** Hosts that switch may finish for this long on SIGTERM; after that a running step is its host's to finish. */
const SHUTDOWN_MS = 25_000
/** What still waits to be told may be sent for this long after that. */
const LAST_WORDS_MS = 3_000
/** What the command line's own process deploys is told in Slack by us, and taken over when that process dies. */
const OTHERS_EVERY_MS = 5_000

/** The bot, until it is told to stop. Resolves to the process's exit code; rejects with NotStarted, too. */
export async function start(parts: {
  readonly config: Config
  readonly settings: Settings & { readonly slack: NonNullable<Settings['slack']> }
  readonly log: Logger
  readonly stopped: Promise<void>
  readonly shutdownMs?: number
}): Promise<number> {
  const { config, settings, log, stopped, shutdownMs = SHUTDOWN_MS } = parts
  const { slack } = settings
  const asked = new AbortController()
  const over = new AbortController()
  const store = await openRecords(settings)
  const instance = await store.holdInstance().catch(async error => {
    await store.close()
    throw error
  })
  if (instance === 'taken') {
    await store.close()
    throw new NotStarted(EX_TEMPFAIL, takenText(settings))
  }
  const hosts = await realHosts(settings)
  const publisher = startPublisher({ slack, store, messages: store.messages, config, clock: CLOCK, log })
  const stop = { asked: asked.signal, over: over.signal }
  const world = worldOf({ config, settings, store, hosts, teller: publisher, log, stop })
  const mirrors = await openMirrors({
    cacheDirectory: cacheDirectory(),
    keyFile: settings.gitKeyFile,
    knownHostsFile: settings.knownHostsFile,
    onProblem: problem => log.warn(problem),
  })
  // In a container host name and pid are the same after a restart, and nobody takes over what is its own.
  const owner = `bot:${hostname()}:${process.pid}:${newId()}`
  const people = slackPeople({ slack, clock: CLOCK, log })
  const scheduler = startScheduler(world, owner, undefined, {
    voidBecause: deployment => voidBecause({ config, people, mirrors, store }, deployment),
    offerAfter: (deployment, ending) => offerAt({ config, store }, deployment, ending),
  })
  const replies = slackReplies({ slack, clock: CLOCK, log })
  const notify: Bot['notify'] = (command, notice) => void replies.answer(command, noticeText(notice))
  const bot: Bot = { ...world, config, mirrors, scheduler, newId, people, notify, flood: floodLimit() }
  const acting = startActing({ bot, replies, publisher })

  let looking: Promise<void> | undefined
  /** One look at a time: a host that does not answer may take longer than the time between two. */
  function lookAfterOthers(): void {
    looking ??= publisher
      .resume()
      .then(() => resumeUnfinished(world, scheduler))
      .catch(error => world.problem('deployments of other processes could not be looked after', error))
      .finally(() => {
        looking = undefined
      })
  }

  let app: Awaited<ReturnType<typeof startSlack>> | undefined
  let health: Awaited<ReturnType<typeof startHealth>> | undefined
  let others: NodeJS.Timeout | undefined
  void stopped.then(() => asked.abort())
  let isLost = false
  void instance.lost.then(() => {
    isLost = true
    asked.abort()
  })
  const ending = new Promise<void>(resolve => asked.signal.addEventListener('abort', () => resolve()))
  try {
    const { healthPort: port } = settings
    if (port !== undefined)
      health = await startHealth({ port, isWell: () => app?.isConnected() === true, log })
    await publisher.resume()
    const left = await store.unsettled()
    scheduler.wake()
    // Beside Slack: people are answered while hosts are looked at, and hosts are looked at while Slack is down.
    lookAfterOthers()
    others = setInterval(lookAfterOthers, OTHERS_EVERY_MS)
    const onCommand = { accept: store.accept, act: acting.act }
    app = await startSlack({ slack, onCommand, clock: CLOCK, log, signal: asked.signal })
    log.info('connected to Slack; /deploy is answered from here')
    // Acknowledged before a crash, and not until Slack can say who asked.
    void acting.takeUp(left)
    await ending
    if (isLost) throw new NotStarted(EX_TEMPFAIL, lostText(settings))
    log.info('stopping: no new commands, no further host; what switches is finished')
    return 0
  } catch (error) {
    if (asked.signal.aborted && error instanceof Error && error.name === 'AbortError') {
      if (isLost) throw new NotStarted(EX_TEMPFAIL, lostText(settings))
      return 0
    }
    if (error instanceof TokenRejected) throw new NotStarted(EX_CONFIG, error.message)
    throw error
  } finally {
    asked.abort()
    clearInterval(others)
    const heard = Promise.resolve(app?.close()).then(acting.done)
    const ended = Promise.all([heard, scheduler.drain(), looking])
    // What runs is another bot's by then, and the hosts listen to that one.
    await Promise.race([ended, sleep(isLost ? 0 : shutdownMs, undefined, { ref: false })])
    over.abort()
    await hosts.close()
    await publisher.close(LAST_WORDS_MS)
    health?.close()
    await mirrors.close()
    await instance.release()
    await store.close()
  }
}

function takenText({ database }: Settings): string {
  const [where, what] =
    database.kind === 'sqlite' ? [database.file, 'file'] : [database.shown, 'database, for now']
  return `Another touchdown already runs on ${where}: one process per ${what}. Stop it first, or give this one its own DATABASE_URL.`
}

function lostText({ database }: Settings): string {
  const where = database.kind === 'sqlite' ? database.file : database.shown
  return `This bot could not renew its claim on ${where} for longer than 15 s, and another touchdown has taken over. It ends here; the other one goes on with what was running.`
}
