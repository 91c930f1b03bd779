import type { KnownBlock, MrkdwnElement, RichTextBlockElement } from '@slack/types'
import { headlineText, type StatusWord, statusWord } from '../sentences/headline.ts'
import { finalText } from '../sentences/thread.ts'
import type { View } from '../sentences/view.ts'
import { askingText, buttonsOf, choiceButtons } from './buttons.ts'
import { cleaned, escapedText, plainText } from './escape.ts'
import { factsOf } from './facts.ts'
import { commitsText, hostsText } from './lists.ts'
import { anyId, idsOf, isUser, mrkdwn, richElements, section } from './mentions.ts'

/** What is shown, and for screen readers and notifications the same as text. Both are safe to send as they are. */
export interface SlackMessage {
  readonly text: string
  readonly blocks: readonly KnownBlock[]
}

/**
 * Slack refuses a message of more than about 11,000 characters in all its blocks, a section of more than 3,000, an edit
 * with more than 4,000 in its text. Mentions lengthen what was cut, so the limits here leave room.
 */
const MOST_OF_A_SECTION = 2_800
const MOST_OF_A_TEXT = 3_600
export const MOST_OF_A_THREAD_MESSAGE = 8_000

/** The headline beside it says the same in words: pictures and colours say nothing to many. */
const EMOJI: Readonly<Record<StatusWord['tone'], string>> = {
  waiting: 'hourglass_flowing_sand',
  running: 'rocket',
  good: 'white_check_mark',
  bad: 'x',
  warning: 'warning',
}

/**
 * The deployment's one message, edited in place: headline, facts, what is asked of whom, commits, hosts, buttons. Whatever names, subjects and hosts
 * there are, it keeps Slack's limits; what is left out is counted. `notes` are sentences of our own.
 */
export function parentMessage(view: View, notes: readonly string[] = []): SlackMessage {
  const { deployment } = view
  const commits = commitsText(deployment.changes)
  const headline = headlineText(view)
  const asking = askingText(view)
  return {
    text: mrkdwn(`${headline}${notes.map(note => `\n${note}`).join('')}`, MOST_OF_A_TEXT, idsOf(view)),
    blocks: [
      {
        type: 'section',
        text: verbatim(`:${emojiOf(view)}: *${mrkdwn(headline, 1_000, idsOf(view))}*`),
      },
      { type: 'context', elements: factsOf(view).map(verbatim) },
      ...(asking === undefined ? [] : [{ type: 'section' as const, text: verbatim(asking) }]),
      ...(commits === undefined ? [] : [{ type: 'section' as const, text: verbatim(commits) }]),
      { type: 'section', text: verbatim(hostsText(view, MOST_OF_A_SECTION)) },
      ...buttonsOf(view),
      {
        type: 'context',
        elements: [
          ...notes.map(note => verbatim(mrkdwn(note, 500, anyId))),
          verbatim(`Deployment ${escapedText(deployment.id, 100)}: every step is in the thread.`),
        ].slice(0, 10),
      },
    ],
  }
}

/** A line of a sentence, or what a failing step printed. */
export type ThreadPart = { readonly kind: 'line' | 'output'; readonly text: string }

/** A reply in the deployment's thread. It is rich text, which Slack does not parse, so hosts may print what they like. */
export function threadMessage(view: View, parts: readonly ThreadPart[]): SlackMessage {
  const ids = idsOf(view)
  const kept = fittingIn(parts, MOST_OF_A_THREAD_MESSAGE)
  const elements = grouped(kept).map((group): RichTextBlockElement => {
    const text = group.map(part => cleaned(part.text)).join('\n')
    return group[0]?.kind === 'output'
      ? { type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }
      : section(richElements(text, ids))
  })
  const text = kept.map(part => part.text).join('\n')
  return {
    text: mrkdwn(text, MOST_OF_A_THREAD_MESSAGE, ids),
    blocks: [{ type: 'rich_text', elements }],
  }
}

/** The one broadcast at the end. Who asked is called only when it did not go well: then there is something to do. */
export function finalMessage(view: View): SlackMessage {
  const { deployment } = view
  const ids = idsOf(view)
  const [headline = '', ...lines] = cleaned(finalText(view)).trimEnd().split('\n')
  const { requestedBy } = deployment
  const calls =
    statusWord(view).tone !== 'good' && isUser(requestedBy) && !finalText(view).includes(requestedBy)
  const rest = plainText(lines.map(line => `\n${line}`).join(''), MOST_OF_A_TEXT)
  const cut = plainText(headline, 1_000)
  return {
    text: mrkdwn(
      `${cut}${calls ? ` (asked for by ${deployment.requestedBy})` : ''}${rest}`,
      MOST_OF_A_TEXT,
      ids,
    ),
    blocks: [
      {
        type: 'rich_text',
        elements: [
          section([
            { type: 'emoji', name: emojiOf(view) },
            { type: 'text', text: ' ' },
            ...richElements(cut, ids),
            ...(calls
              ? [
                  { type: 'text' as const, text: ' (asked for by ' },
                  { type: 'user' as const, user_id: deployment.requestedBy },
                  { type: 'text' as const, text: ')' },
                ]
              : []),
            ...richElements(rest, ids),
          ]),
        ],
      },
    ],
  }
}

/** An answer that its asker alone sees. `choice`: see `choiceButtons`. */
export function answerMessage(text: string, choice?: string): SlackMessage {
  const cut = plainText(text.trim(), MOST_OF_A_THREAD_MESSAGE)
  return {
    text: mrkdwn(cut, MOST_OF_A_THREAD_MESSAGE, anyId),
    blocks: [
      { type: 'rich_text', elements: [section(richElements(cut, anyId))] },
      ...(choice === undefined ? [] : choiceButtons(choice)),
    ],
  }
}

export function verbatim(text: string): MrkdwnElement {
  return { type: 'mrkdwn', text, verbatim: true }
}

function emojiOf(view: View): string {
  return EMOJI[statusWord(view).tone]
}

function fittingIn(parts: readonly ThreadPart[], most: number): readonly ThreadPart[] {
  const fitting: ThreadPart[] = []
  let left = most
  for (const part of parts) {
    if (part.text.length + 1 > left) {
      fitting.push({ ...part, text: plainText(part.text, Math.max(left, 1)) })
      break
    }
    if (cleaned(part.text).trim() !== '') fitting.push(part)
    left -= part.text.length + 1
  }
  return fitting.length > 0 ? fitting : [{ kind: 'line', text: 'nothing to show' }]
}

function grouped(parts: readonly ThreadPart[]): readonly (readonly ThreadPart[])[] {
  const groups: ThreadPart[][] = []
  for (const part of parts) {
    const last = groups.at(-1)
    if (last?.[0]?.kind === part.kind) last.push(part)
    else groups.push([part])
  }
  return groups
}
