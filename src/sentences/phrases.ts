import type { Owner } from '../order.ts'
import { shown } from '../shown.ts'

/** Pieces of sentences. Plain text: backticks around what is to be read letter by letter, nothing escaped for Slack. */

export function didYouMean(near: readonly string[]): string | undefined {
  return near.length === 0 ? undefined : `Did you mean ${list(near, 'or')}?`
}

export const MOST_LISTED = 12

/** `a`, `b` and `c`; what goes beyond twelve is counted. */
export function list(names: readonly string[], word: 'and' | 'or'): string {
  const items = upTo(names.map(code), MOST_LISTED)
  const last = items.at(-1) ?? 'nothing'
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} ${word} ${last}`
}

/** At most so many items; the last one counts those that are left out. */
export function upTo(items: readonly string[], most: number): readonly string[] {
  return items.length <= most ? items : [...items.slice(0, most - 1), `${items.length - most + 1} more`]
}

/** Safe whatever it is: names of branches come from the git server and may hold a backtick or a right-to-left mark. */
export function code(text: string): string {
  return `\`${shown(text, 200)}\``
}

/** `1 host`, `3 more hosts`. */
export function hostsText(count: number, more = ''): string {
  return count === 1 ? `1 ${more}host` : `${count} ${more}hosts`
}

/** ` for creator and the group web`: whose a path becomes. */
export function ownerText(owner: Owner | undefined): string {
  const { user, group } = owner ?? {}
  const named = [user, group && `the group ${group}`].filter(Boolean)
  return named.length === 0 ? '' : ` for ${named.join(' and ')}`
}

/** Another program's words as one sentence on one line. */
export function sentence(detail: string): string {
  const line = detail
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
  return /[.!?]$/.test(line) ? line : `${line}.`
}
