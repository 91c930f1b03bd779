import { type Decision, refuse, yes } from '../refusal.ts'
import { shown } from '../shown.ts'

export const MOST_BYTES = 1024

/**
 * Splits a typed text into words of printable ASCII. What phones and paste do to a text is undone once, here: no-break
 * spaces, curly quotes, quotes or backticks around a word or the whole text, a dash for `--`. Everything else that is
 * not ASCII is refused and shown escaped, so that two names that look the same are the same.
 */
export function wordsOf(text: string): Decision<readonly string[]> {
  const bytes = Buffer.byteLength(text)
  if (bytes > MOST_BYTES) {
    return refuse({ reason: 'unreadable', problem: { kind: 'too-long', bytes, limit: MOST_BYTES } })
  }
  const words = unquoted(straightened(text))
    .split(' ')
    .map(word => unquoted(word).replace(/^[\u2013\u2014]/, '--'))
    .filter(word => word !== '')
  const odd = words.find(word => !/^[\x21-\x7e]*$/.test(word))
  return odd === undefined
    ? yes(words)
    : refuse({ reason: 'unreadable', problem: { kind: 'character', shown: shown(odd) } })
}

/** Every Unicode space becomes a plain one (tabs and line ends are controls: refused), every curly quote a straight one. */
function straightened(text: string): string {
  return text
    .replace(/\p{Zs}/gu, ' ')
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/[\u2018-\u201b]/g, "'")
    .split(' ')
    .filter(word => word !== '')
    .join(' ')
}

function unquoted(text: string): string {
  return /^("|'|`|```)([^"'`]*)\1$/.exec(text)?.[2] ?? text
}
