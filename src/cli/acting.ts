import type { Command } from '../command.ts'
import type { Deployment } from '../deployment.ts'
import { LEASE_MS, TakenOver } from '../ports/store.ts'
import type { Publisher } from '../slack/publisher.ts'
import type { Replies } from '../slack/replies.ts'
import type { Bot } from '../story/bot.ts'
import type { Reply } from '../story/reply.ts'
import { hear } from '../touchdown.ts'
import { answerText, choiceFor } from './reply-text.ts'

/** Three tries before a lease is over. */
const KEEP_EVERY_MS = 4_000

/** What becomes of accepted commands: each is acted on, answered and settled. */
export interface Acting {
  /** Records it; false: it is known already. */
  accept(command: Command): Promise<boolean>
  /** Never rejects: whatever goes wrong, the asker is told. */
  act(command: Command): Promise<void>
  /** What another process left, or this one without knowing that it was recorded: one after the other, until it is to stop. */
  takeUp(): Promise<void>
  /** Resolves when nothing is acted on any more. */
  done(): Promise<void>
}

export function startActing({
  bot,
  replies,
  publisher,
}: {
  readonly bot: Bot
  readonly replies: Replies
  readonly publisher: Pick<Publisher, 'place'>
}): Acting {
  const { store, clock, scheduler } = bot
  const { owner } = scheduler
  const running = new Set<Promise<void>>()
  /** Triggers of what is being recorded, acknowledged or acted on. */
  const atHand = new Set<string>()
  /** Triggers of what was answered and could not be settled: tried again, or a restart would act on it once more. */
  const owed = new Set<string>()
  /** Of these, what is being settled: all that end at the same time would else settle each other. */
  const settling = new Set<string>()
  /** By trigger, when the lease was last asked for that this process got. */
  const keptSince = new Map<string, number>()
  let keeping: NodeJS.Timeout | undefined
  // Where nobody else acts on them they need not be kept.
  if (store.isShared) keeping = setInterval(keepOurs, KEEP_EVERY_MS).unref()

  const ours = (): readonly string[] => [...atHand, ...owed]

  function keepOurs(): void {
    keep(ours()).catch(error => bot.problem('commands at hand could not be kept', error))
  }

  async function keep(triggers: readonly string[]): Promise<readonly string[]> {
    const began = clock.monotonic()
    const kept = await store.keepCommands(owner, triggers)
    for (const trigger of kept) keptSince.set(trigger, began)
    return kept
  }

  /** A process that was stopped wakes in the middle of a command that another one has answered since. */
  async function isOurs(trigger: string): Promise<boolean> {
    const since = keptSince.get(trigger)
    if (!store.isShared || since === undefined || clock.monotonic() - since < LEASE_MS) return true
    // Who cannot ask answers: better twice than never.
    const kept = await keep([trigger]).catch(() => [trigger])
    return kept.includes(trigger)
  }

  async function accept(command: Command): Promise<boolean> {
    const { trigger } = command
    const isRepeated = atHand.has(trigger)
    const began = clock.monotonic()
    let isNew = false
    try {
      atHand.add(trigger)
      isNew = await store.accept(command, owner)
      if (isNew) keptSince.set(trigger, began)
    } finally {
      if (!isNew && !isRepeated) atHand.delete(trigger)
    }
    return isNew
  }

  function act(command: Command): Promise<void> {
    atHand.add(command.trigger)
    const work = actOn(command).finally(() => {
      atHand.delete(command.trigger)
      if (!owed.has(command.trigger)) keptSince.delete(command.trigger)
      running.delete(work)
    })
    running.add(work)
    return work
  }

  async function actOn(command: Command): Promise<void> {
    const reply = await heard(command)
    // Its hosts and records were closed under it: what it found means nothing, and the next start takes it up again.
    if (!reply || bot.stop.over.aborted || !(await isOurs(command.trigger))) return
    const told = await settledIfFault(command, reply)
    if (!told) return
    const text = answerText(command, told, bot.clock.now())
    if (text !== undefined) await replies.answer(command, text, choiceFor(command, reply))
    if (!isFault(reply)) owed.add(command.trigger)
    await settleOwed()
    if (reply.kind === 'accepted') void link(command, reply.deployment)
  }

  /** Undefined: another bot has it by now, and answers. */
  async function heard(command: Command): Promise<Reply | undefined> {
    const effects = store.actingOn(command.trigger, owner)
    try {
      return await hear({ ...bot, store: { ...store, ...effects } }, command)
    } catch (error) {
      if (error instanceof TakenOver) return undefined
      throw error
    }
  }

  /**
   * Who reads that nothing was started must not see it started by the next bot: it is settled before it is answered. Undefined:
   * another bot has it.
   */
  async function settledIfFault(command: Command, reply: Reply): Promise<Reply | undefined> {
    if (!isFault(reply)) return reply
    const { trigger } = command
    try {
      return (await store.settle(trigger, owner)) ? reply : undefined
    } catch (error) {
      bot.problem('a command could not be settled', error)
      owed.add(trigger)
      return { ...reply, refusal: { ...reply.refusal, isLeft: true } }
    }
  }

  async function settleOwed(): Promise<void> {
    for (const trigger of owed) {
      if (settling.has(trigger)) continue
      settling.add(trigger)
      try {
        await store.settle(trigger, owner)
        owed.delete(trigger)
        if (!atHand.has(trigger)) keptSince.delete(trigger)
      } catch (error) {
        bot.problem('a command could not be settled', error)
        return
      } finally {
        settling.delete(trigger)
      }
    }
  }

  /** The message may stand elsewhere and, while Slack is down, much later: nobody waits for this. */
  async function link(command: Command, deployment: Deployment): Promise<void> {
    try {
      const place = await publisher.place(deployment.id)
      if (place) await replies.link(command, deployment, place)
    } catch (error) {
      bot.problem('the asker could not be told where the deployment is told', error)
    }
  }

  async function nextLeft(): Promise<Command | undefined> {
    // What is ended while the records are read is in there as if it were left.
    const before = new Set(ours())
    for (const command of await store.leftCommands()) {
      const { trigger } = command
      if (before.has(trigger) || atHand.has(trigger) || owed.has(trigger)) continue
      const began = clock.monotonic()
      if (!(await store.takeCommand(trigger, owner))) continue
      keptSince.set(trigger, began)
      return command
    }
    return undefined
  }

  return {
    accept,
    act,
    async takeUp() {
      await settleOwed()
      for (;;) {
        const command = await nextLeft()
        if (!command || bot.stop.asked.aborted) return
        await act(command)
      }
    },
    async done() {
      while (running.size > 0) await Promise.all(running)
      await settleOwed()
      clearInterval(keeping)
    },
  }
}

type Fault = Reply & { readonly kind: 'refused'; readonly refusal: { readonly reason: 'fault' } }

function isFault(reply: Reply): reply is Fault {
  return reply.kind === 'refused' && reply.refusal.reason === 'fault'
}
