import { setTimeout as sleep } from 'node:timers/promises'
import { App, type BlockAction, type ButtonAction, SocketModeReceiver } from '@slack/bolt'
import type { Logger } from 'pino'
import type { Command } from '../command.ts'
import type { Clock } from '../ports/clock.ts'
import { OutcomeUnknown } from '../ports/store.ts'
import { refusalText } from '../sentences/refusals.ts'
import { answerMessage, type SlackMessage } from './blocks.ts'
import { BUTTONS, commandOf } from './click.ts'
import { apiUrl, callProblem, type SlackSettings } from './client.ts'
import { type Connection, watchConnection } from './connection.ts'
import { boltLogger } from './log.ts'
import { checkAppToken, whoWeAre } from './tokens.ts'

const CALL_TIMEOUT_MS = 10_000
const LONGEST_PAUSE_MS = 30_000
/** Slack waits three seconds for an acknowledgement. */
const LAST_ACKS_MS = 3_000

/** What becomes of a command. */
export interface Hearing {
  /** Records it; false: it is known already. Slack is told that we have it only after that. */
  accept(command: Command): Promise<boolean>
  /** Acts on it. Nobody waits for this. */
  act(command: Command): void | Promise<void>
}

export interface SlackAppParts {
  readonly slack: SlackSettings
  readonly onCommand: Hearing
  readonly clock: Clock
  readonly log: Logger
  /** Gives up connecting, at once. */
  readonly signal?: AbortSignal
}

/**
 * Connects by Socket Mode and hears `/deploy` and the buttons of our messages. Rejects with TokenRejected when Slack will not have
 * a token; while Slack cannot be reached it goes on trying. Resolves when commands can come. `close` takes no more of them; those
 * at hand are acknowledged first.
 */
export async function startSlack(parts: SlackAppParts): Promise<Connection> {
  const { slack, clock, log, onCommand, signal } = parts
  const bot = await unlessAborted(whoWeAre(parts), signal)
  await unlessAborted(checkAppToken(parts), signal)

  const logger = boltLogger(log)
  const receiver = new SocketModeReceiver({
    appToken: slack.appToken.reveal(),
    logger,
    // Only this client's: it writes into the object (@slack/socket-mode 3.1.0). Fewer retries would leave the bot deaf after
    // an outage, retries without a limit to their pauses would leave it deaf for many minutes.
    installerOptions: {
      clientOptions: {
        ...apiUrl(slack),
        timeout: CALL_TIMEOUT_MS,
        retryConfig: { forever: true, factor: 1.3, maxTimeout: LONGEST_PAUSE_MS },
      },
    },
  })
  const app = new App({
    receiver,
    logger,
    deferInitialization: true,
    // The token was checked above; bolt would ask once more.
    authorize: async () => bot,
    clientOptions: { ...apiUrl(slack), retryConfig: { retries: 5, maxTimeout: LONGEST_PAUSE_MS } },
  })
  await app.init()

  const atHand = new Set<Promise<void>>()
  let isClosing = false
  const hearing: Hearing = {
    accept: async command => {
      if (isClosing) throw new Error('the bot is being stopped')
      return onCommand.accept(command)
    },
    act: command => onCommand.act(command),
  }
  const taken = (hearing: Promise<void>): Promise<void> => {
    const work = hearing.finally(() => atHand.delete(work))
    atHand.add(work)
    return work
  }
  app.command('/deploy', ({ ack, body }) => {
    const command: Command = {
      trigger: body.trigger_id,
      actor: body.user_id,
      text: body.text ?? '',
      channel: body.channel_id,
      responseUrl: body.response_url,
      receivedAt: clock.now(),
    }
    return taken(hear(command, hearing, { ack, refuse: message => ack(privately(message)) }, log))
  })
  app.action<BlockAction<ButtonAction>>(BUTTONS, ({ ack, respond, body, action }) => {
    const command = commandOf(body, action, clock)
    if (!command) return ack()
    // What the acknowledgement of a press says is shown to nobody.
    const refuse = (message: SlackMessage): Promise<unknown> =>
      ack().then(() => respond({ ...privately(message), replace_original: false }))
    return taken(hear(command, hearing, { ack, refuse }, log))
  })
  app.error(async error => log.error({ err: error }, 'A message from Slack met a fault of ours.'))

  const connection = watchConnection(receiver.client, clock, log)
  try {
    await unlessAborted(receiver.start(), signal)
  } catch (error) {
    await connection.close()
    throw error
  }
  return {
    ...connection,
    async close() {
      isClosing = true
      // An acknowledgement on a closed socket is an error, and the person would read that the command failed.
      await Promise.race([Promise.allSettled([...atHand]), sleep(LAST_ACKS_MS, undefined, { ref: false })])
      await connection.close()
    },
  }
}

/** Rejects as soon as the signal says so, whatever becomes of the work. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([work, aborted])
}

/** Record, acknowledge, act: in this order, and acting is not waited for. */
async function hear(
  command: Command,
  { accept, act }: Hearing,
  {
    ack,
    refuse,
  }: {
    readonly ack: () => Promise<void>
    /** Acknowledges it, and tells whoever said it that it was not accepted. */
    readonly refuse: (message: SlackMessage) => Promise<unknown>
  },
  log: Logger,
): Promise<void> {
  let isNew: boolean
  try {
    isNew = await accept(command)
  } catch (error) {
    log.error({ err: error }, 'A command was not accepted: it could not be recorded, as far as is known.')
    const detail = error instanceof Error ? error.message : String(error)
    const doubt = error instanceof OutcomeUnknown ? { isUnknown: true as const } : {}
    await refuse(answerMessage(refusalText({ reason: 'not-accepted', detail, ...doubt })))
    return
  }
  // The person sees that Slack got no answer; the command is recorded, so it is acted upon all the same.
  await ack().catch(error => log.warn(`A command could not be acknowledged: ${callProblem(error)}`))
  if (!isNew) return
  Promise.resolve()
    .then(() => act(command))
    .catch(error => log.error({ err: error }, 'A command met a fault of ours.'))
}

function privately({ text, blocks }: SlackMessage) {
  return { response_type: 'ephemeral' as const, text, blocks: [...blocks] }
}
