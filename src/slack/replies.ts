import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import type { Command } from '../command.ts'
import type { Deployment } from '../deployment.ts'
import type { Clock } from '../ports/clock.ts'
import { targetText } from '../target.ts'
import { answerMessage, type SlackMessage, verbatim } from './blocks.ts'
import { callProblem, type SlackSettings, webClient } from './client.ts'
import { escapedLine } from './escape.ts'
import { isUser, mentionText } from './mentions.ts'
import type { Place } from './telling.ts'

const CALL_TIMEOUT_MS = 5_000
/** Slack takes an answer by response_url for half an hour; a little less, for clocks differ. */
const RESPONSE_URL_MS = 29 * 60_000

/** Answers that the asker alone reads. They never reject; false: no way to the asker was found. */
export interface Replies {
  /**
   * `text` is a plain sentence or several; it is escaped and laid out here. `choice`: the trigger of a command that lacked an
   * option, so buttons offer both. What a press of those comes to takes their place.
   */
  answer(command: Command, text: string, choice?: string): Promise<boolean>
  /** Where the deployment is told, when that is elsewhere than where it was asked for; says nothing otherwise. */
  link(command: Command, deployment: Deployment, place: Place): Promise<boolean>
}

export interface RepliesParts {
  readonly slack: SlackSettings
  readonly clock: Clock
  readonly log: Logger
}

export function slackReplies({ slack, clock, log }: RepliesParts): Replies {
  const client = webClient(slack, log, CALL_TIMEOUT_MS)

  /** The first way that works: the address that came with the command, a note in its channel, a direct message. */
  async function deliver(command: Command, message: SlackMessage): Promise<boolean> {
    for (const way of waysTo(command, message, client, clock.now())) {
      try {
        await way()
        return true
      } catch (error) {
        log.info({ trigger: command.trigger }, `An answer did not get through: ${callProblem(error)}`)
      }
    }
    log.warn({ trigger: command.trigger }, 'An answer could not be delivered to the one who asked.')
    return false
  }

  return {
    answer: (command, text, choice) => deliver(command, answerMessage(text, choice)),

    async link(command, deployment, place) {
      if (command.channel === undefined || command.channel === place.channel) return true
      const permalink = await client.chat
        .getPermalink({ channel: place.channel, message_ts: place.ts })
        .then(answer => answer.permalink)
        .catch(() => undefined)
      return deliver(command, linkMessage(deployment, place, permalink))
    },
  }
}

function linkMessage(
  deployment: Deployment,
  { channel }: Place,
  permalink: string | undefined,
): SlackMessage {
  const name = escapedLine(targetText(deployment.order.target), 200)
  // A direct message's channel has no name to show.
  const where = channel.startsWith('D') ? 'a direct message' : mentionText(channel, 'channel')
  const link = permalink === undefined ? '' : `: <${permalink}|open its message>`
  const text = `The deployment of ${name} is told in ${where}${link}.`
  return { text, blocks: [{ type: 'section', text: verbatim(text) }] }
}

type Way = () => Promise<unknown>

function waysTo(
  command: Command,
  { text, blocks }: SlackMessage,
  client: WebClient,
  now: number,
): readonly Way[] {
  const { actor, channel, click, responseUrl, receivedAt } = command
  // Of another press it would take the place of the message with the button.
  const replaces = click !== undefined && 'command' in click
  const message = { text, blocks: [...blocks], parse: 'none' as const, link_names: false }
  const isFresh = now - receivedAt < RESPONSE_URL_MS
  return [
    ...(responseUrl !== undefined && isFresh ? [() => respond(responseUrl, { text, blocks }, replaces)] : []),
    ...(channel !== undefined ? [() => client.chat.postEphemeral({ ...message, channel, user: actor })] : []),
    ...(isUser(actor)
      ? [
          () =>
            client.chat.postMessage({ ...message, channel: actor, unfurl_links: false, unfurl_media: false }),
        ]
      : []),
  ]
}

/** The address is as good as a token: it is in no log. */
async function respond(url: string, message: SlackMessage, replaces: boolean): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response_type: 'ephemeral', replace_original: replaces, ...message }),
    redirect: 'error',
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  })
  if (!response.ok) throw new Error(`the response_url answers HTTP ${response.status}`)
}
