import { type Decision, refuse, yes } from '../refusal.ts'
import { shown } from '../shown.ts'

const MOST_BYTES = 1024

/** One word, and the text as it was typed from this word to the end. */
export interface Word {
  readonly text: string
  readonly onwards: string
}

/**
 * Splits a typed text into words. What phones and paste do to a text is undone once, here: no-break spaces, curly quotes,
 * quotes or backticks around a word or the whole text, a dash for `--`.
 */
export function wordsOf(text: string): Decision<readonly Word[]> {
  const bytes = Buffer.byteLength(text)
  if (bytes > MOST_BYTES) {
    return refuse({ reason: 'unreadable', problem: { kind: 'too-long', bytes, limit: MOST_BYTES } })
  }
  const straight = straightened(text)
  const [, opening = '', , inner = straight] = /^( *("|'|`|```))([^"'`]*)\2 *$/.exec(straight) ?? []
  const typed = text.slice(opening.length, opening.length + inner.length).replace(/\p{Zs}+$/u, '')
  const words = [...inner.matchAll(/[^ ]+/g)].map(({ 0: word, index }) => ({
    text: unquoted(word).replace(/^[\u2013\u2014]/, '--'),
    onwards: typed.slice(index),
  }))
  return yes(words.filter(word => word.text !== ''))
}

/** Of printable ASCII only: anything else is refused and shown escaped, so that two names that look the same are the same. */
export function plainWords(found: readonly Word[]): Decision<readonly string[]> {
  const words = found.map(word => word.text)
  const odd = words.find(word => !/^[\x21-\x7e]*$/.test(word))
  return odd === undefined
    ? yes(words)
    : refuse({ reason: 'unreadable', problem: { kind: 'character', shown: shown(odd) } })
}

/**
 * Every Unicode space becomes a plain one (tabs and line ends are controls: refused), every curly quote a straight one.
 * Character for character: a place in it is the same place in the text.
 */
function straightened(text: string): string {
  return text
    .replace(/\p{Zs}/gu, ' ')
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/[\u2018-\u201b]/g, "'")
}

function unquoted(text: string): string {
  return /^("|'|`|```)([^"'`]*)\1$/.exec(text)?.[2] ?? text
}
