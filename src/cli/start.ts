import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config, Settings } from '../config/config.ts'
import { resumeUnfinished } from '../run/recovery.ts'
import { startSlack } from '../slack/app.ts'
import { TokenRejected } from '../slack/tokens.ts'
import type { OpenStore } from '../store/store.ts'
import { botOf } from './bot.ts'
import { EX_CONFIG, EX_FAULT, EX_TEMPFAIL, NotStarted } from './not-started.ts'
import { startWatching, type Watching } from './watching.ts'
import { CLOCK, newId, openRecords, realHosts, realMirrors } from './wire.ts'

/** Hosts that switch may finish for this long on SIGTERM; after that a running step is its host's to finish. */
export const SHUTDOWN_MS = 25_000
/** What still waits to be told may be sent for this long after that. */
export const LAST_WORDS_MS = 3_000
/** And so long it is waited for Slack's answer to the last of it: what is not known to be told is told again. */
export const LAST_ANSWER_MS = 10_000
/** What the command line's own process deploys is told in Slack by us, and taken over when that process dies. */
const OTHERS_EVERY_MS = 5_000

interface StartParts {
  readonly config: Config
  readonly settings: Settings & { readonly slack: NonNullable<Settings['slack']> }
  readonly log: Logger
  readonly stopped: Promise<void>
  readonly shutdownMs?: number
}

/** The bot, until it is told to stop. Resolves to the process's exit code; rejects with NotStarted, too. */
export async function start(parts: StartParts): Promise<number> {
  const { settings } = parts
  // In a container host name and pid are the same after a restart, and nobody takes over what is its own.
  const owner = `bot:${hostname()}:${process.pid}:${newId()}`
  const store = await openRecords(settings)
  try {
    const instance = await store.holdInstance()
    if (instance === 'taken') throw new NotStarted(EX_TEMPFAIL, takenText(settings))
    return await runAs(owner, store, parts).finally(instance.release)
  } finally {
    await store.close()
  }
}

async function runAs(
  owner: string,
  store: OpenStore,
  { config, settings, log, stopped, shutdownMs = SHUTDOWN_MS }: StartParts,
): Promise<number> {
  const { slack } = settings
  const asked = new AbortController()
  const over = new AbortController()
  const hosts = await realHosts(settings)
  const mirrors = await realMirrors(settings, log)
  const stop = { asked: asked.signal, over: over.signal }
  const { world, publisher, scheduler, acting } = botOf({
    owner,
    store,
    hosts,
    mirrors,
    stop,
    config,
    settings,
    log,
  })
  const lookAfterOthers = oneAtATime(
    () => publisher.resume().then(() => resumeUnfinished(world, scheduler)),
    error => world.problem('deployments of other processes could not be looked after', error),
  )
  const takeUpLeft = oneAtATime(acting.takeUp, error =>
    world.problem('commands that were left could not be looked up', error),
  )

  let app: Awaited<ReturnType<typeof startSlack>> | undefined
  let watching: Watching | undefined
  let others: NodeJS.Timeout | undefined
  const listening = store.listen(hint => {
    publisher.hear(hint)
    if (hint.isQueue) scheduler.wake()
  })
  let exitCode = 0
  void stopped.then(() => asked.abort())
  const ending = new Promise<void>(resolve => asked.signal.addEventListener('abort', () => resolve()))
  try {
    watching = await startWatching({
      settings,
      store,
      isConnected: () => app?.isConnected() === true,
      behindMs: publisher.behindMs,
      clock: CLOCK,
      log,
      onDeaf() {
        exitCode = EX_FAULT
        asked.abort()
      },
    })
    scheduler.wake()
    // Beside Slack: people are answered while hosts are looked at, and hosts are looked at while Slack is down.
    lookAfterOthers.now()
    others = setInterval(() => {
      lookAfterOthers.now()
      // Not until Slack can say who asked.
      if (app) takeUpLeft.now()
    }, OTHERS_EVERY_MS)
    app = await startSlack({ slack, onCommand: acting, clock: CLOCK, log, signal: asked.signal })
    log.info('connected to Slack; /deploy is answered from here')
    takeUpLeft.now()
    await ending
    log.info('stopping: no new commands, no further host; what switches is finished')
    return exitCode
  } catch (error) {
    if (asked.signal.aborted && error instanceof Error && error.name === 'AbortError') return exitCode
    if (error instanceof TokenRejected) throw new NotStarted(EX_CONFIG, error.message)
    throw error
  } finally {
    asked.abort()
    clearInterval(others)
    const heard = Promise.resolve(app?.close()).then(takeUpLeft.done).then(acting.done)
    const ended = Promise.all([heard, scheduler.drain(), lookAfterOthers.done()])
    await Promise.race([ended, sleep(shutdownMs, undefined, { ref: false })])
    over.abort()
    await hosts.close()
    // The hosts end what they are at by themselves; what is left may be another bot's at once.
    await store.release(owner).catch(error => log.warn({ err: error }, 'what is left is not released'))
    await publisher.close(LAST_WORDS_MS, LAST_ANSWER_MS)
    watching?.close()
    await mirrors.close()
    await listening.close()
  }
}

/** Asked for while it is at it, it is not done twice: a host that does not answer may take longer than the time between two. */
function oneAtATime(
  work: () => Promise<void>,
  onProblem: (error: unknown) => void,
): { now(): void; done(): Promise<void> } {
  let working: Promise<void> | undefined
  return {
    now() {
      working ??= work()
        .catch(onProblem)
        .finally(() => {
          working = undefined
        })
    },
    done: async () => working,
  }
}

function takenText({ database }: Settings): string {
  const where = database.kind === 'sqlite' ? database.file : database.shown
  return `Another touchdown already runs on ${where}: one process per file. Stop it first, or give this one its own DATABASE_URL.`
}
