import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config, Settings } from '../config/config.ts'
import type { Deployment, Ending } from '../deployment.ts'
import { type DeploymentEvent, lateEnd } from '../event.ts'
import { openMirrors } from '../git/mirrors.ts'
import type { People, Store, Teller } from '../ports.ts'
import { startScheduler } from '../run/scheduler.ts'
import { headlineText } from '../sentences/headline.ts'
import { noticeText } from '../sentences/notice.ts'
import { eventLines, failingOutput, finalText, whereToApproveText } from '../sentences/thread.ts'
import { after, firstView, type View } from '../sentences/view.ts'
import { openStore } from '../store/store.ts'
import { type Bot, hear } from '../touchdown.ts'
import { replyText } from './reply-text.ts'
import { CLOCK, cacheDirectory, newId, realHosts, worldOf } from './wire.ts'

/** The same words as in Slack, from a terminal, as `cli:<unix user>`. 0: it ended as asked; 1: it did not; 2: it was refused. */
export async function sayWords(parts: {
  readonly text: string
  readonly config: Config
  readonly settings: Settings
  readonly log: Logger
  readonly print: (line: string) => void
}): Promise<number> {
  const { text, config, settings, log, print } = parts
  const store = await openStore({ file: settings.database.file, clock: CLOCK, newId })
  const hosts = await realHosts(settings)
  const mirrors = await openMirrors({
    cacheDirectory: cacheDirectory(),
    keyFile: settings.gitKeyFile,
    knownHostsFile: settings.knownHostsFile,
    onProblem: problem => log.warn(problem),
  })
  const world = worldOf({ config, settings, store, hosts, teller: NOBODY, log })
  // What others have queued is the bot's: it has their secrets, and nobody closes its terminal.
  const own = new Set<string>()
  const owner = `cli:${userInfo().username}:${process.pid}:${newId()}`
  const scheduler = startScheduler(world, owner, ({ id }) => own.has(id))
  const newOwnId = () => {
    const id = newId()
    own.add(id)
    return id
  }
  const bot: Bot = {
    ...world,
    config,
    mirrors,
    scheduler,
    newId: newOwnId,
    people: OPERATORS,
    notify: (_, notice) => print(noticeText(notice)),
  }
  try {
    const reply = await hear(bot, {
      trigger: `cli-${randomUUID()}`,
      actor: `cli:${userInfo().username}`,
      text,
      channel: undefined,
      responseUrl: undefined,
      receivedAt: CLOCK.now(),
    })
    const answer = replyText(reply, 'touchdown', CLOCK.now())
    if (answer !== undefined) print(answer)
    if (reply.kind === 'refused') return reply.refusal.reason === 'fault' ? 1 : 2
    if (reply.kind !== 'accepted') return 0
    return (await follow(store, reply.deployment, print)) === 'succeeded' ? 0 : 1
  } finally {
    await scheduler.drain()
    await hosts.close()
    await mirrors.close()
    await store.close()
  }
}

/** Whoever may run the command on this machine is known by their Unix name; user groups of Slack are not asked. */
const OPERATORS: People = {
  standingOf: async () => 'operator',
  membersOf: async () => ({ unknown: 'user groups are not asked from the command line' }),
}

/** What is told is read from the records, for whoever runs the deployment. */
const NOBODY: Teller = { tell: () => {} }

const LOOK_EVERY_MS = 200

/**
 * Prints one deployment's events as the thread in Slack would show them, until its end. They are read from the records: a
 * deployment that waited is often started by the bot, which is another process.
 */
async function follow(
  store: Pick<Store, 'events' | 'find'>,
  deployment: Deployment,
  print: (line: string) => void,
): Promise<Ending> {
  let view = firstView(deployment)
  let known = 0
  for (;;) {
    const events = await store.events(deployment.id)
    for (const { event } of events.slice(known)) {
      view = after(view, event)
      show(view, event, print)
    }
    known = events.length
    if (view.phase.kind === 'ended') return view.phase.ending
    const recorded = await store.find(deployment.id)
    const late = recorded && lateEnd(recorded, CLOCK.now())
    if (late) {
      view = after(view, late)
      show(view, late, print)
      return late.ending
    }
    await sleep(LOOK_EVERY_MS)
  }
}

function show(view: View, event: DeploymentEvent, print: (line: string) => void): void {
  for (const line of eventLines(view, event)) print(line)
  if (event.kind === 'approval-asked') print(whereToApproveText(event))
  const output = failingOutput(event)
  if (output) print(output)
  if (event.kind === 'started') print(headlineText(view))
  if (event.kind === 'ended') print(finalText(view))
}
