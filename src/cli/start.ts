import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { Config, Settings } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import { openMirrors } from '../git/mirrors.ts'
import type { Command } from '../ports.ts'
import { resumeUnfinished } from '../run/recovery.ts'
import { startScheduler } from '../run/scheduler.ts'
import { startSlack, TokenRejected } from '../slack/app.ts'
import { slackPeople } from '../slack/people.ts'
import { startPublisher } from '../slack/publisher.ts'
import { slackReplies } from '../slack/replies.ts'
import { holdInstance } from '../store/instance.ts'
import { openStore } from '../store/store.ts'
import { type Bot, hear } from '../touchdown.ts'
import { startHealth } from './health.ts'
import { replyText } from './reply-text.ts'
import { CLOCK, cacheDirectory, newId, realHosts, worldOf } from './wire.ts'

/** A step that runs is waited for this long on SIGTERM; after that it is its host's to finish. */
const SHUTDOWN_MS = 25_000
/** What the command line's own process deploys is told in Slack by us, and taken over when that process dies. */
const OTHERS_EVERY_MS = 5_000

/** sysexits.h: configuration error, another instance. */
const EX_CONFIG = 78
const EX_TEMPFAIL = 75

/** The bot cannot run like this; the message is the line to print. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted'
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

/** The bot, until it is told to stop. Resolves to the process's exit code; rejects with NotStarted, too. */
export async function start(parts: {
  readonly config: Config
  readonly settings: Settings & { readonly slack: NonNullable<Settings['slack']> }
  readonly log: Logger
  readonly stopped: Promise<void>
}): Promise<number> {
  const { config, settings, log, stopped } = parts
  const { slack } = settings
  const instance = await holdInstance(settings.database.file)
  if (instance === 'taken') {
    const message = `Another touchdown already runs on ${settings.database.file}: one process per file. Stop it first, or give this one its own DATABASE_URL.`
    throw new NotStarted(EX_TEMPFAIL, message)
  }
  const store = await openStore({ file: settings.database.file, clock: CLOCK, newId })
  const hosts = await realHosts(settings)
  const publisher = startPublisher({ slack, store, messages: store.messages, config, clock: CLOCK, log })
  const world = worldOf({ config, settings, store, hosts, teller: publisher, log })
  const mirrors = await openMirrors({
    cacheDirectory: cacheDirectory(),
    keyFile: settings.gitKeyFile,
    knownHostsFile: settings.knownHostsFile,
    onProblem: problem => log.warn(problem),
  })
  // In a container host name and pid are the same after a restart, and nobody takes over what is its own.
  const scheduler = startScheduler(world, `bot:${hostname()}:${process.pid}:${newId()}`)
  const replies = slackReplies({ slack, clock: CLOCK, log })
  const bot: Bot = {
    ...world,
    config,
    mirrors,
    scheduler,
    newId,
    people: slackPeople({ slack, clock: CLOCK, log }),
  }

  async function act(command: Command): Promise<void> {
    const reply = await hear(bot, command)
    const text = replyText(reply, '/deploy', CLOCK.now())
    // A cancel that were taken up again would stop the next one: it is settled before anybody is answered.
    if (reply.kind === 'cancelled') await store.settle(command.trigger)
    if (text !== undefined) await replies.answer(command, text)
    await store.settle(command.trigger)
    if (reply.kind === 'accepted') void link(command, reply.deployment)
  }

  /** The message may stand elsewhere and, while Slack is down, much later: nobody waits for this. */
  async function link(command: Command, deployment: Deployment): Promise<void> {
    try {
      const place = await publisher.place(deployment.id)
      if (place) await replies.link(command, deployment, place)
    } catch (error) {
      world.problem('the asker could not be told where the deployment is told', error)
    }
  }

  async function lookAfterOthers(): Promise<void> {
    try {
      await publisher.resume()
      await resumeUnfinished(world, scheduler)
    } catch (error) {
      world.problem('deployments of other processes could not be looked after', error)
    }
  }

  let app: Awaited<ReturnType<typeof startSlack>> | undefined
  const health =
    settings.healthPort === undefined
      ? undefined
      : startHealth(settings.healthPort, () => app?.isConnected() === true)
  const giveUp = new AbortController()
  void stopped.then(() => giveUp.abort())
  try {
    await publisher.resume()
    await resumeUnfinished(world, scheduler)
    scheduler.wake()
    const left = await store.unsettled()
    app = await startSlack({
      slack,
      onCommand: { accept: command => store.accept(command), act },
      clock: CLOCK,
      log,
      signal: giveUp.signal,
    })
    log.info('connected to Slack; /deploy is answered from here')
    // Acknowledged before a crash, and not until Slack can say who asked.
    for (const command of left)
      await act(command).catch(error => world.problem('a command that a crash left met a fault', error))
    const others = setInterval(() => void lookAfterOthers(), OTHERS_EVERY_MS)
    await stopped
    clearInterval(others)
    log.info('stopping: no new commands; running steps are finished')
    return 0
  } catch (error) {
    if (giveUp.signal.aborted && error instanceof Error && error.name === 'AbortError') return 0
    if (error instanceof TokenRejected) throw new NotStarted(EX_CONFIG, error.message)
    throw error
  } finally {
    await app?.close()
    await Promise.race([scheduler.drain(), new Promise(resolve => setTimeout(resolve, SHUTDOWN_MS).unref())])
    await publisher.close(3_000)
    health?.close()
    await hosts.close()
    await mirrors.close()
    await store.close()
    instance.release()
  }
}
