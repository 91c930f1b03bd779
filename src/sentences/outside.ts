import { revisionFrom, shortRevision } from '../revision.ts'

/**
 * Words from hosts, git or a server, fit for the middle of a sentence: one line, nothing that moves a cursor or turns the
 * reading direction, no password of a URL, at most `most` characters.
 */
export function oneLine(text: string, most = 200): string {
  const line = withoutPasswords(text).replaceAll(/\s+/g, ' ').replaceAll(/\p{C}/gu, '').trim()
  const characters = [...line]
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join('')}…`
}

/** `https://token@host`: whatever stands before the @ may be a secret. An SSH user is none, unless a password follows. */
export function withoutPasswords(text: string): string {
  return text
    .replaceAll(/(\bhttps?:\/\/)[^\s/@]+@/gi, '$1…@')
    .replaceAll(/(\b[a-z]{2,9}:\/\/[^\s/:@]*):[^\s/@]+@/gi, '$1:…@')
}

/** A full revision in its short form; anything else as one line. */
export function revisionOr(text: string): string {
  return revisionFrom(text) ? shortRevision(text) : oneLine(text, 80)
}

/** `web1`, `web1 and web2`, `web1, web2 and web3`. */
export function together(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? 'none') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
