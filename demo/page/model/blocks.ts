import type { Inline } from './inline.ts'
import { isJson, type Json, listIn, textIn } from './json.ts'
import { readMrkdwn } from './mrkdwn.ts'
import { type RichPart, readRichText } from './rich-text.ts'

/** A block as it is drawn. The local Slack has already refused what Slack would not draw. */
export type Block =
  | {
      readonly kind: 'section'
      readonly texts: readonly (readonly Inline[])[]
      readonly button: Button | undefined
    }
  | { readonly kind: 'context'; readonly texts: readonly (readonly Inline[])[] }
  | { readonly kind: 'actions'; readonly buttons: readonly Button[] }
  | { readonly kind: 'header'; readonly text: string }
  | { readonly kind: 'divider' }
  | { readonly kind: 'rich'; readonly parts: readonly RichPart[] }
  | { readonly kind: 'unknown'; readonly type: string }

export interface Button {
  readonly action: string
  readonly text: string
  /** What a screen reader says. */
  readonly label: string
  readonly value: string | undefined
  readonly style: ButtonStyle
  readonly confirm: Confirm | undefined
}

export type ButtonStyle = 'primary' | 'danger' | 'plain'

/** The dialog that asks first. */
export interface Confirm {
  readonly title: string
  readonly text: readonly Inline[]
  readonly yes: string
  readonly no: string
  readonly style: ButtonStyle
}

/** A message without blocks is its text. */
export function readMessage(message: {
  readonly text: string
  readonly blocks: readonly unknown[]
}): readonly Block[] {
  const blocks = message.blocks.filter(isJson).map(blockOf)
  return blocks.length > 0
    ? blocks
    : [{ kind: 'section', texts: [readMrkdwn(message.text)], button: undefined }]
}

function blockOf(block: Json): Block {
  const type = textIn(block, 'type')
  switch (type) {
    case 'section': {
      const { text, accessory } = block
      return {
        kind: 'section',
        texts: [...(isJson(text) ? [text] : []), ...listIn(block, 'fields')].map(inlineOf),
        button: isJson(accessory) && accessory['type'] === 'button' ? buttonOf(accessory) : undefined,
      }
    }
    case 'context':
      return { kind: 'context', texts: listIn(block, 'elements').map(inlineOf) }
    case 'actions':
      return {
        kind: 'actions',
        buttons: listIn(block, 'elements')
          .filter(element => element['type'] === 'button')
          .map(buttonOf),
      }
    case 'header':
      return { kind: 'header', text: plainIn(block, 'text') }
    case 'divider':
      return { kind: 'divider' }
    case 'rich_text':
      return { kind: 'rich', parts: readRichText(block) }
    default:
      return { kind: 'unknown', type }
  }
}

function buttonOf(element: Json): Button {
  const { confirm } = element
  const text = plainIn(element, 'text')
  return {
    action: textIn(element, 'action_id'),
    text,
    label: textIn(element, 'accessibility_label') || text,
    value: typeof element['value'] === 'string' ? element['value'] : undefined,
    style: styleOf(element),
    confirm: isJson(confirm) ? confirmOf(confirm) : undefined,
  }
}

function confirmOf(confirm: Json): Confirm {
  const { text } = confirm
  return {
    title: plainIn(confirm, 'title') || 'Are you sure?',
    text: isJson(text) ? inlineOf(text) : [],
    yes: plainIn(confirm, 'confirm') || 'Yes',
    no: plainIn(confirm, 'deny') || 'Cancel',
    style: confirm['style'] === 'danger' ? 'danger' : 'primary',
  }
}

function styleOf({ style }: Json): ButtonStyle {
  return style === 'primary' || style === 'danger' ? style : 'plain'
}

function plainIn(value: Json, name: string): string {
  const found = value[name]
  return isJson(found) ? textIn(found, 'text') : ''
}

function inlineOf(text: Json): readonly Inline[] {
  return text['type'] === 'mrkdwn'
    ? readMrkdwn(textIn(text, 'text'))
    : [{ kind: 'text', text: textIn(text, 'text') }]
}
