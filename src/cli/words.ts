import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import type { Logger } from 'pino'
import type { Config, Settings } from '../config/config.ts'
import type { Deployment } from '../deployment.ts'
import type { Mirrors } from '../ports/mirrors.ts'
import type { People } from '../ports/people.ts'
import type { Teller } from '../ports/teller.ts'
import { startScheduler } from '../run/scheduler.ts'
import { shownOutput } from '../run/shown-output.ts'
import { NEVER } from '../run/stop.ts'
import type { World } from '../run/world.ts'
import { noticeText } from '../sentences/notice.ts'
import {
  LEFT_ORDERING_TEXT,
  leftText,
  lostSightText,
  NOTHING_STARTED_TEXT,
  notOverText,
  takenUpText,
} from '../sentences/terminal.ts'
import type { Bot } from '../story/bot.ts'
import { offersAt } from '../story/offer.ts'
import { hear } from '../touchdown.ts'
import { follow } from './follow.ts'
import type { Interrupts } from './interrupts.ts'
import { replyText } from './reply-text.ts'
import { CLOCK, newId, openRecords, realHosts, realMirrors, worldOf } from './wire.ts'

/** How far a command is, as Ctrl-C sees it. */
type Phase =
  | { readonly kind: 'asking' }
  /** It has its id, and may be recorded. */
  | { readonly kind: 'ordering' }
  | { readonly kind: 'following'; readonly deployment: Deployment }
  /** Nobody watches any more what this process still runs. */
  | { readonly kind: 'finishing'; readonly exitCode: number }

/** As shells count a process that Ctrl-C ended: 128 and SIGINT's number. */
const LEFT = 130

/**
 * The same words as in Slack, from a terminal, as `cli:<unix user>`. 0: it ended as asked; 1: it did not; 2: it was refused;
 * 130: nobody waited for its end.
 */
export async function sayWords(parts: {
  readonly text: string
  readonly config: Config
  readonly settings: Settings
  readonly log: Logger
  readonly print: (line: string) => void
  readonly interrupts: Interrupts
}): Promise<number> {
  const { text, config, settings, log, print, interrupts } = parts
  const store = await openRecords(settings)
  const hosts = await realHosts(settings)
  const mirrors = await realMirrors(settings, log)
  const stop = { asked: NEVER.asked, over: interrupts.leave.signal }
  const world = worldOf({ config, settings, store, hosts, teller: tellerTo(print), log, stop })
  try {
    return await talk({ world, config, mirrors, text, print, interrupts })
  } finally {
    await hosts.close()
    await mirrors.close()
    await store.close()
  }
}

/** What is told of one's own deployment is read from the records, for whoever runs it; here, what is taken up. */
export function tellerTo(print: (line: string) => void): Teller {
  return {
    tell: (deployment, event) => {
      if (event.kind === 'resumed') print(takenUpText(deployment))
    },
  }
}

/** One command and what becomes of it. Resolves to the exit code. */
export async function talk(parts: {
  readonly world: World
  readonly config: Config
  readonly mirrors: Mirrors
  readonly text: string
  readonly print: (line: string) => void
  readonly interrupts: Interrupts
}): Promise<number> {
  const { world, config, mirrors, text, print, interrupts } = parts
  const actor = `cli:${userInfo().username}`
  // What others have queued is the bot's: it has their secrets, and nobody closes its terminal.
  const own = new Set<string>()
  const owner = `${actor}:${process.pid}:${newId()}`
  const scheduler = startScheduler(world, owner, ({ id }) => own.has(id), {
    offersAfter: (deployment, ending) => offersAt({ config, store: world.store }, deployment, ending),
  })
  const bot: Bot = {
    ...world,
    config,
    mirrors,
    scheduler,
    newId: newOwnId,
    people: OPERATORS,
    notify: (_, notice) => print(noticeText(notice)),
  }
  let phase: Phase = { kind: 'asking' }
  /** Its end may be read a moment before the scheduler knows. */
  let endSeen: string | undefined
  const unfinished = () => scheduler.running().filter(({ id }) => id !== endSeen)

  function newOwnId(): string {
    interrupts.leave.signal.throwIfAborted()
    const id = newId()
    own.add(id)
    phase = { kind: 'ordering' }
    return id
  }

  async function answered(): Promise<number> {
    const trigger = `cli-${randomUUID()}`
    const receivedAt = CLOCK.now()
    const command = { trigger, actor, text, channel: undefined, responseUrl: undefined, receivedAt }
    const reply = await hear(bot, command)
    const answer = replyText(reply, 'touchdown', CLOCK.now())
    if (answer !== undefined) print(answer)
    if (reply.kind === 'refused') return reply.refusal.reason === 'fault' ? 1 : 2
    return reply.kind === 'accepted' ? watched(reply.deployment) : 0
  }

  async function watched(deployment: Deployment): Promise<number> {
    phase = { kind: 'following', deployment }
    try {
      const ending = await follow(bot, deployment, print, interrupts.stop)
      endSeen = deployment.id
      return ending === 'succeeded' ? 0 : 1
    } catch (error) {
      // Whoever has left has closed the records.
      if (interrupts.leave.signal.aborted) throw error
      world.problem(`deployment ${deployment.id} cannot be followed`, error)
      const detail = shownOutput(error instanceof Error ? error.message : String(error), world.secrets)
      print(lostSightText(deployment, detail))
      return 1
    }
  }

  async function finished(exitCode: number): Promise<number> {
    phase = { kind: 'finishing', exitCode }
    if (unfinished().length > 0) print(notOverText(unfinished()))
    await scheduler.drain()
    return exitCode
  }

  /** What a person reads who does not wait. Its exit code. */
  function leave(): number {
    switch (phase.kind) {
      case 'asking':
        print(NOTHING_STARTED_TEXT)
        return LEFT
      case 'ordering':
        print(LEFT_ORDERING_TEXT)
        return LEFT
      case 'following':
        print(leftText(phase.deployment))
        return LEFT
      case 'finishing':
        for (const each of unfinished()) print(leftText(each))
        return phase.exitCode
    }
  }

  const left = new Promise<number>(resolve => {
    const leaveUnlessBegun = () => {
      // There is nothing of its own to stop, or no more.
      if (phase.kind === 'asking' || phase.kind === 'finishing') interrupts.leave.abort()
    }
    interrupts.leave.signal.addEventListener('abort', () => resolve(leave()))
    interrupts.stop.addEventListener('abort', leaveUnlessBegun)
    if (interrupts.stop.aborted) leaveUnlessBegun()
  })
  return Promise.race([left, answered().then(finished)])
}

/** Whoever may run the command on this machine is known by their Unix name, and nobody like that is in a user group of Slack. */
const OPERATORS: People = { standingOf: async () => 'operator', membersOf: async () => new Set() }
