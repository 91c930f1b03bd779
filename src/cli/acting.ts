import type { Deployment } from '../deployment.ts'
import type { Command } from '../ports.ts'
import type { Publisher } from '../slack/publisher.ts'
import type { Replies } from '../slack/replies.ts'
import { type Bot, hear } from '../touchdown.ts'
import { replyText } from './reply-text.ts'

/** What becomes of accepted commands: each is acted on, answered and settled. */
export interface Acting {
  /** Never rejects: whatever goes wrong, the asker is told. */
  act(command: Command): Promise<void>
  /** One after the other, until the process is to stop; the next start takes up the rest. */
  takeUp(left: readonly Command[]): Promise<void>
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
  const running = new Set<Promise<void>>()

  function act(command: Command): Promise<void> {
    const work = actOn(command).finally(() => running.delete(work))
    running.add(work)
    return work
  }

  async function actOn(command: Command): Promise<void> {
    const reply = await hear(bot, command)
    // Its hosts and records were closed under it: what it found means nothing, and the next start takes it up again.
    if (bot.stop.over.aborted) return
    const text = replyText(reply, '/deploy', bot.clock.now())
    if (text !== undefined) await replies.answer(command, text)
    await settle(command)
    if (reply.kind === 'accepted') void link(command, reply.deployment)
  }

  async function settle(command: Command): Promise<void> {
    const settling = bot.store.settle(command.trigger)
    await settling.catch(error => bot.problem('a command could not be settled', error))
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

  return {
    act,
    async takeUp(left) {
      for (const command of left) {
        if (bot.stop.asked.aborted) return
        await act(command)
      }
    },
    async done() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
