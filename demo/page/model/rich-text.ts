import { type Inline, isSafeUrl, type Style } from './inline.ts'
import { isJson, type Json, listIn, textIn } from './json.ts'

/** A part of a rich text block, as it is laid out. */
export type RichPart =
  | { readonly kind: 'lines'; readonly inline: readonly Inline[] }
  | { readonly kind: 'quote'; readonly inline: readonly Inline[] }
  | { readonly kind: 'preformatted'; readonly text: string }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly (readonly Inline[])[] }

export function readRichText(block: Json): readonly RichPart[] {
  return listIn(block, 'elements').map((part): RichPart => {
    switch (part['type']) {
      case 'rich_text_preformatted':
        return { kind: 'preformatted', text: listIn(part, 'elements').map(plainOf).join('') }
      case 'rich_text_quote':
        return { kind: 'quote', inline: inlineIn(part) }
      case 'rich_text_list':
        return {
          kind: 'list',
          isOrdered: part['style'] === 'ordered',
          items: listIn(part, 'elements').map(inlineIn),
        }
      default:
        return { kind: 'lines', inline: inlineIn(part) }
    }
  })
}

function inlineIn(section: Json): readonly Inline[] {
  return listIn(section, 'elements').map(run => dressed(nodeOf(run), run['style']))
}

function nodeOf(run: Json): Inline {
  switch (run['type']) {
    case 'link': {
      const url = textIn(run, 'url')
      const label = textIn(run, 'text') || url
      return isSafeUrl(url) ? { kind: 'link', url, label } : { kind: 'text', text: label }
    }
    case 'emoji':
      return { kind: 'emoji', name: textIn(run, 'name') }
    case 'user':
      return { kind: 'mention', of: 'user', id: textIn(run, 'user_id') }
    case 'usergroup':
      return { kind: 'mention', of: 'group', id: textIn(run, 'usergroup_id') }
    case 'channel':
      return { kind: 'mention', of: 'channel', id: textIn(run, 'channel_id') }
    case 'broadcast':
      return { kind: 'everybody', range: textIn(run, 'range') }
    case 'date':
      return {
        kind: 'date',
        seconds: Number(run['timestamp']),
        format: textIn(run, 'format'),
        fallback: textIn(run, 'fallback'),
      }
    default:
      return { kind: 'text', text: plainOf(run) }
  }
}

function plainOf(run: Json): string {
  return textIn(run, 'text') || textIn(run, 'url')
}

const STYLES: readonly Style[] = ['bold', 'italic', 'strike', 'code']

function dressed(node: Inline, style: unknown): Inline {
  const wanted = isJson(style) ? STYLES.filter(name => style[name] === true) : []
  return wanted.reduce<Inline>((inner, name) => ({ kind: 'styled', style: name, inner: [inner] }), node)
}
