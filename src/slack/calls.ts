import type { Told } from '../ports/messages.ts'
import { finalMessage, parentMessage, type SlackMessage, threadMessage } from './blocks.ts'
import { isUser } from './mentions.ts'
import type { Job } from './pick.ts'
import { nextLines, type Telling, viewOf } from './telling.ts'

/** One call of the Web API, ready to be made. */
export interface Call {
  readonly method: 'chat.postMessage' | 'chat.update'
  readonly args: Readonly<Record<string, unknown>>
  /** Events that the message shows when the call has gone well; undefined: it is not the message. */
  readonly shows: number | undefined
  /** What is told when the call has gone well. */
  readonly told: (answer: { readonly channel: string; readonly ts: string }) => Partial<Told>
}

/** What a job comes to now; undefined: there is nothing to send for it. */
export function callOf(job: Job): Call | undefined {
  const { kind, telling, channel } = job
  const { parent } = telling.told
  const version = telling.events.length
  switch (kind) {
    case 'post':
      return {
        method: 'chat.postMessage',
        args: {
          ...content(parentOf(telling, channel), job),
          ...QUIET,
          channel,
          metadata: {
            event_type: 'touchdown_deployment',
            event_payload: { deployment: telling.deployment.id },
          },
        },
        shows: version,
        // A direct message is posted to a person and stands in a channel.
        told: answer => ({ channel: answer.channel, parent: answer.ts }),
      }
    case 'edit':
      return {
        method: 'chat.update',
        // `parse` and `link_names` left out of an edit fall back to parsing for names, other than in a post.
        args: {
          ...content(parentOf(telling, channel), job),
          channel,
          ts: parent,
          parse: 'none',
          link_names: false,
        },
        shows: version,
        told: () => ({}),
      }
    case 'lines': {
      const { upTo, parts } = nextLines(telling)
      if (parts.length === 0 || telling.hasNoThread) return undefined
      return {
        method: 'chat.postMessage',
        args: {
          ...content(threadMessage(viewOf(telling), parts), job),
          ...QUIET,
          channel,
          thread_ts: parent,
        },
        shows: undefined,
        told: () => ({ lines: upTo }),
      }
    }
    case 'final':
      return {
        method: 'chat.postMessage',
        args: {
          ...content(finalMessage(viewOf(telling)), job),
          ...QUIET,
          channel,
          ...(telling.hasNoThread ? {} : { thread_ts: parent, reply_broadcast: true }),
        },
        shows: undefined,
        told: () => ({ final: true }),
      }
  }
}

/** Rejects what is no answer to a message: without its `ts` it could be neither edited nor answered in. */
export function answerOf(answer: object, channel: string): { readonly channel: string; readonly ts: string } {
  if (!('ts' in answer) || typeof answer.ts !== 'string') throw new Error('Slack answers without a ts')
  const posted = 'channel' in answer && typeof answer.channel === 'string' ? answer.channel : channel
  return { channel: posted, ts: answer.ts }
}

const QUIET = { parse: 'none', link_names: false, unfurl_links: false, unfurl_media: false } as const

const HIDDEN =
  'The approvers cannot see this message: it is between you and the bot. Invite the bot to a channel of theirs with `/invite @touchdown`, press Cancel here and ask again there.'

const TWICE =
  'Slack did not say whether it took this message at first. If another one stands above, it is not kept up to date.'

function parentOf(telling: Telling, channel: string): SlackMessage {
  const view = viewOf(telling)
  const barred = telling.told.barred.map(
    channel =>
      `Meant for ${channel}, where the bot may not write. To have it told there, type \`/invite @touchdown\` in that channel.`,
  )
  // Posted to a person it stands in a channel of its own, D….
  const isHidden = view.phase.kind === 'awaiting' && (isUser(channel) || channel.startsWith('D'))
  return parentMessage(view, [
    ...barred,
    ...(isHidden ? [HIDDEN] : []),
    ...(telling.mayStandTwice ? [TWICE] : []),
  ])
}

function content({ text, blocks }: SlackMessage, { telling, kind }: Job): Record<string, unknown> {
  return telling.plain.has(kind) ? { text } : { text, blocks }
}
