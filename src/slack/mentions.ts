import type { RichTextElement, RichTextSection } from '@slack/types'
import type { View } from '../sentences/view.ts'
import { cleaned, escaped, escapedText } from './escape.ts'

/**
 * Sentences name people, groups and channels by their bare ids and put what is to be read letter by letter between
 * backticks. Here ids become mentions and backticks code; nothing else that a text holds can.
 */

/** What a word of a sentence is, when it is an id that may become a mention. */
export type Ids = (word: string) => 'user' | 'group' | 'channel' | undefined

/** Only for what nobody but the asker sees: there a mention calls nobody. */
export const anyId: Ids = word => {
  if (!/^[UWSCG](?=[A-Z0-9]*[0-9])[A-Z0-9]{4,20}$/.test(word)) return undefined
  if (word.startsWith('S')) return 'group'
  return /^[UW]/.test(word) ? 'user' : 'channel'
}

/** In a channel only those who asked, decided, cancelled, resumed and left: a branch that is named like somebody's id must not call them. */
export function idsOf({ deployment: { requestedBy, cancelledBy }, decidedBy, answeredBy }: View): Ids {
  const called = new Set([requestedBy, cancelledBy, decidedBy, answeredBy])
  return word => (isUser(word) && called.has(word) ? ('user' as const) : undefined)
}

export function isUser(id: string): boolean {
  return /^[UW][A-Z0-9]{2,}$/.test(id)
}

/** A sentence as mrkdwn, at most so many characters; a mention takes up to four more. */
export function mrkdwn(text: string, most: number, ids: Ids): string {
  return spans(escapedText(text, most))
    .map(({ text, isCode }) =>
      isCode
        ? `\`${text}\``
        : words(text)
            .map(word => mentionText(word, ids(word)))
            .join(''),
    )
    .join('')
}

export function mentionText(id: string, kind: ReturnType<Ids>): string {
  switch (kind) {
    case 'user':
      return `<@${id}>`
    case 'group':
      return `<!subteam^${id}>`
    case 'channel':
      return `<#${id}>`
    case undefined:
      return id
  }
}

/** A sentence as elements of rich text, whose text Slack does not parse. Line breaks stay. */
export function richElements(text: string, ids: Ids): RichTextElement[] {
  return spans(cleaned(text)).flatMap(({ text, isCode }) =>
    isCode ? [{ type: 'text' as const, text, style: { code: true } }] : plainElements(text, ids),
  )
}

export function section(elements: RichTextElement[]): RichTextSection {
  return { type: 'rich_text_section', elements }
}

function plainElements(text: string, ids: Ids): RichTextElement[] {
  const elements: RichTextElement[] = []
  let run = ''
  const endRun = (): void => {
    if (run !== '') elements.push({ type: 'text', text: run })
    run = ''
  }
  for (const word of words(text)) {
    const mention = mentionElement(word, ids(word))
    if (mention === undefined) {
      run += word
      continue
    }
    endRun()
    elements.push(mention)
  }
  endRun()
  return elements
}

function mentionElement(id: string, kind: ReturnType<Ids>): RichTextElement | undefined {
  switch (kind) {
    case 'user':
      return { type: 'user', user_id: id }
    case 'group':
      return { type: 'usergroup', usergroup_id: id }
    case 'channel':
      return { type: 'channel', channel_id: id }
    case undefined:
      return undefined
  }
}

/** Whole words and what stands between them. Part of a longer name, as in `x-U01ALICE`, is no word. */
function words(text: string): readonly string[] {
  return text.split(/(?<![\w/.:@#-])([A-Z][A-Z0-9]+)(?![\w/@-])/)
}

interface Span {
  readonly text: string
  readonly isCode: boolean
}

function spans(text: string): readonly Span[] {
  return text
    .split(/`([^`\n]+)`/)
    .map((text, index) => ({ text, isCode: index % 2 === 1 }))
    .filter(span => span.text !== '')
}

/** For text that becomes part of a mrkdwn line by itself. */
export function codeSpan(text: string): string {
  return `\`${escaped(cleaned(text)).replaceAll('`', "'").replace(/\s+/g, ' ')}\``
}
