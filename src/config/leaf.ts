import { z } from 'zod'
import { nearest } from '../nearest.ts'
import { shown } from '../shown.ts'
import { isOneLine } from './grammar.ts'

/** Small zod schemas whose errors are the end of a sentence that begins with the key: `must be …, but … was found.` */

/**
 * A text that `fits`, or `fits` says what else is wrong. `right` ends "must be …". `hint` follows when YAML made a
 * number or a truth value of it; `shows: false` for values that may hold a secret.
 */
export function text(
  right: string,
  fits: (value: string) => true | false | string,
  { shows = true, hint = 'Put it in quotes.' }: { readonly shows?: boolean; readonly hint?: string } = {},
) {
  const bare = (found: unknown) => (typeof found === 'number' || typeof found === 'boolean' ? ` ${hint}` : '')
  return z
    .string({ error: issue => `${mustBe(right, issue.input)}${bare(issue.input)}` })
    .superRefine((value, context) => {
      const verdict = isOneLine(value) ? fits(value) : 'must be one line without control characters.'
      if (verdict === true) return
      context.addIssue({ code: 'custom', message: verdict === false ? mustBe(right, value, shows) : verdict })
    })
}

export function whole(least: number, most: number) {
  const right = `a whole number from ${least} to ${most}`
  const error = ({ input }: { readonly input?: unknown }) =>
    `${mustBe(right, input)}${typeof input === 'string' ? ' Write it without quotes.' : ''}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}

export function oneOf<const Word extends string>(words: readonly [Word, ...Word[]]) {
  return z.enum(words, {
    error: issue => {
      const near = typeof issue.input === 'string' ? nearest(issue.input, words)[0] : undefined
      return `${mustBe(words.join(', ').replace(/, ([^,]*)$/, ' or $1'), issue.input)}${didYouMean(near)}`
    },
  })
}

export function list<Item extends z.ZodType>(item: Item, right: string) {
  return z.array(item, { error: issue => mustBe(right, issue.input) })
}

/**
 * A mapping of known keys. `notes` has a sentence for keys that people look for in vain; `elsewhere` are keys that
 * are read before this schema sees the mapping.
 */
export function keys<Shape extends z.ZodRawShape>(
  what: string,
  shape: Shape,
  notes: Readonly<Record<string, string>> = {},
  elsewhere: readonly string[] = [],
) {
  const known = [...Object.keys(shape), ...elsewhere]
  const note = (key: string) => (Object.hasOwn(notes, key) ? notes[key] : undefined)
  return z.strictObject(shape, {
    error: issue =>
      issue.code === 'unrecognized_keys'
        ? // One issue for several keys: one line for each, in the order of `issue.keys`, told apart in explain.ts.
          issue.keys.map(key => note(key) ?? unknownKey(key, known)).join('\n')
        : mustBe(`a mapping with the keys of ${what}`, issue.input),
  })
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known)[0]
  const hint = near === undefined ? ` Known are ${known.join(', ')}.` : didYouMean(near)
  return `is not a key that is known here.${hint}`
}

export function didYouMean(name: string | undefined): string {
  return name === undefined ? '' : ` Did you mean \`${name}\`?`
}

export function mustBe(right: string, found: unknown, shows = true): string {
  if (!shows) return `must be ${right}.`
  return found === undefined
    ? `is missing; it must be ${right}.`
    : `must be ${right}, but ${shownValue(found)} was found.`
}

export const NAME_RULE =
  'it must begin with a letter or digit and go on with letters, digits, `_`, `-` or single dots inside, 63 at most.'

/** What was found, for a sentence. */
export function shownValue(value: unknown): string {
  if (value === null) return 'nothing'
  if (typeof value === 'string') return value === '' ? 'an empty text' : `\`${shown(value)}\``
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value === 'boolean') return `\`${value}\``
  return Array.isArray(value) ? 'a list' : 'a mapping'
}
