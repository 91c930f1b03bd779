import { type Inline, isSafeUrl, type Style } from './inline.ts'

/** Slack's mrkdwn as nodes. `<`, `>` and `&` arrive escaped in it, so whatever stands between `<` and `>` is Slack's. */
export function readMrkdwn(text: string): readonly Inline[] {
  const nodes: Inline[] = []
  let rest = text
  for (let found = next(rest); found !== undefined; found = next(rest)) {
    if (found.at > 0) nodes.push(plain(rest.slice(0, found.at)))
    nodes.push(found.node)
    rest = rest.slice(found.at + found.length)
  }
  return rest === '' ? nodes : [...nodes, plain(rest)]
}

interface Found {
  readonly at: number
  readonly length: number
  readonly node: Inline
}

interface Rule {
  readonly pattern: RegExp
  /** Undefined: it only looks like one. */
  readonly node: (inside: string) => Inline | undefined
}

/** A pair of marks around words: it opens after a space or a bracket, and closes before one or a stop. */
function pair(mark: string): RegExp {
  return new RegExp(
    `(?<![\\p{L}\\p{N}${mark}])${mark}((?! )[^${mark}\\n]+(?<! ))${mark}(?![\\p{L}\\p{N}${mark}])`,
    'u',
  )
}

const RULES: readonly Rule[] = [
  { pattern: /```\n?([\s\S]+?)```/, node: text => ({ kind: 'fence', text: unescaped(text) }) },
  { pattern: /`([^`\n]+)`/, node: text => ({ kind: 'styled', style: 'code', inner: [plain(text)] }) },
  { pattern: /<([^<>\n]+)>/, node: angle },
  { pattern: pair('\\*'), node: styled('bold') },
  { pattern: pair('_'), node: styled('italic') },
  { pattern: pair('~'), node: styled('strike') },
  { pattern: /:([a-z0-9_+-]+):/, node: name => ({ kind: 'emoji', name }) },
]

/** The first thing in the text that is more than text; of two at one place, the one of the earlier rule. */
function next(text: string): Found | undefined {
  const all = RULES.flatMap(({ pattern, node }): Found[] => {
    const match = pattern.exec(text)
    const made = match && node(match[1] ?? '')
    return match && made ? [{ at: match.index, length: match[0].length, node: made }] : []
  })
  return all.reduce<Found | undefined>(
    (best, found) => (best && best.at <= found.at ? best : found),
    undefined,
  )
}

function styled(style: Style): Rule['node'] {
  return text => ({ kind: 'styled', style, inner: readMrkdwn(text) })
}

function angle(inside: string): Inline {
  const [target = '', label = ''] = split(inside, '|')
  const user = /^@([UW]\w+)$/.exec(target)?.[1]
  if (user) return { kind: 'mention', of: 'user', id: user }
  const channel = /^#(\w+)$/.exec(target)?.[1]
  if (channel) return { kind: 'mention', of: 'channel', id: channel }
  const group = /^!subteam\^(\w+)$/.exec(target)?.[1]
  if (group) return { kind: 'mention', of: 'group', id: group }
  const range = /^!(here|channel|everyone)$/.exec(target)?.[1]
  if (range) return { kind: 'everybody', range }
  const [, seconds, format] = /^!date\^(\d+)\^([^^]+)/.exec(target) ?? []
  if (seconds && format)
    return { kind: 'date', seconds: Number(seconds), format: unescaped(format), fallback: unescaped(label) }
  const url = unescaped(target)
  if (isSafeUrl(url)) return { kind: 'link', url, label: unescaped(label) || url }
  return { kind: 'text', text: unescaped(`<${inside}>`) }
}

function split(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function plain(text: string): Inline {
  return { kind: 'text', text: unescaped(text) }
}

/** `&amp;` last: `&amp;lt;` is what somebody typed as `&lt;`. */
function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
