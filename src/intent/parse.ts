import { type Decision, refuse, type Unreadable, yes } from '../refusal.ts'
import { shown } from '../shown.ts'
import { CLAUSES, type Clause, type Form, GRAMMAR, type Option, RESERVED_WORDS, usage } from './grammar.ts'
import { durationMs, unprintableIn } from './hold-words.ts'
import type { Intent, TypedRef } from './intent.ts'
import { isName, refProblem } from './names.ts'
import { plainWords, type Word, wordsOf } from './words.ts'

/**
 * What a person asks for with the text after `/deploy`. No text asks for help. Names are only checked for their shape:
 * policy/ knows which exist. Never throws, whatever the text is, and takes time linear in its length.
 */
export function parse(text: string): Decision<Intent> {
  const words = wordsOf(text)
  if (words.kind === 'refused') return words
  const [first, ...rest] = words.value
  if (first === undefined || first.text === '--help' || first.text === '-h') return yes({ kind: 'help' })

  const named = GRAMMAR.find(form => form.verb === first.text)
  const form = named ?? GRAMMAR.find(candidate => candidate.isVerbSilent)
  if (!form) return unreadable({ kind: 'unexpected', word: shown(first.text), usage: 'help' })
  const said = named ? rest : words.value
  const head = form.freeText ? headOf(form, said) : said
  const plain = plainWords(head)
  if (plain.kind === 'refused') return plain
  const filled = fill(form, plain.value)
  return filled.kind === 'refused' ? filled : intentOf(form, filled.value, said[head.length]?.onwards)
}

/** What comes before the free text: a word for each slot, and each clause once with its own. */
function headOf(form: Form, words: readonly Word[]): readonly Word[] {
  const clauses = new Set<string>(form.clauses)
  let slots = form.slots.length
  for (let at = 0; at < words.length; at++) {
    if (clauses.delete(words[at]?.text ?? '')) at++
    else if (slots-- === 0) return words.slice(0, at)
  }
  return words
}

/** The typed words in the places of their form, not yet checked. */
interface Filled {
  readonly slots: readonly string[]
  readonly clauses: ReadonlyMap<Clause, string>
  readonly options: ReadonlySet<Option>
}

function fill(form: Form, words: readonly string[]): Decision<Filled> {
  const slots: string[] = []
  const clauses = new Map<Clause, string>()
  const options = new Set<Option>()
  const known = form.options?.flat() ?? []

  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const clause = form.clauses?.find(known => known === word)
    const option = known.find(one => one === word)
    if (clause && !clauses.has(clause)) {
      const value = clause === 'on' ? listAfter(words, at) : words.slice(at + 1, at + 2)
      const [next] = value
      if (next === undefined || next.startsWith('-')) {
        return unreadable({ kind: 'missing', what: CLAUSES[clause].takes, usage: usage(form) })
      }
      clauses.set(clause, value.join(''))
      at += value.length
    } else if (option && !options.has(option)) {
      options.add(option)
    } else if (word.startsWith('-') && !option) {
      return unreadable({ kind: 'unknown-option', option: shown(word), known })
    } else if (clause || option || slots.length === form.slots.length) {
      return unreadable({ kind: 'unexpected', word: shown(word), usage: usage(form) })
    } else {
      slots.push(word)
    }
  }

  const clash = form.options
    ?.map(group => group.filter(one => options.has(one)))
    .find(said => said.length > 1)
  if (clash) return unreadable({ kind: 'either-or', options: clash, usage: usage(form) })
  return yes({ slots, clauses, options })
}

/** `web1,web2`, also when typed as `web1, web2`. */
function listAfter(words: readonly string[], at: number): readonly string[] {
  let end = at + 2
  while (end < words.length && (words[end - 1]?.endsWith(',') || words[end]?.startsWith(','))) end++
  return words.slice(at + 1, end)
}

function intentOf(
  form: Form,
  { slots, clauses, options }: Filled,
  freeText: string | undefined,
): Decision<Intent> {
  const [service, ref] = slots
  const environment = clauses.get('to')
  const hosts = clauses.get('on')?.split(',')

  if (service !== undefined && (!isName(service) || RESERVED_WORDS.has(service))) {
    return unreadable({ kind: 'bad-name', what: 'service', text: shown(service) })
  }
  if (environment !== undefined && !isName(environment)) {
    return unreadable({ kind: 'bad-name', what: 'environment', text: shown(environment) })
  }
  const badHost = hosts?.find(host => !isName(host))
  if (badHost !== undefined) return unreadable({ kind: 'bad-name', what: 'host', text: shown(badHost) })

  switch (form.verb) {
    case 'deploy': {
      if (service === undefined) return unreadable({ kind: 'missing', what: 'service', usage: usage(form) })
      const typed = ref === undefined ? yes(undefined) : typedRef(ref)
      if (typed.kind === 'refused') return typed
      const as = (['full', 'container', 'code'] as const).find(kind => options.has(`--${kind}`)) ?? 'plain'
      const dryRun = options.has('--dry-run')
      return yes({ kind: 'deploy', as, service, ref: typed.value, environment, hosts, dryRun })
    }
    case 'cancel':
      return service === undefined
        ? unreadable({ kind: 'missing', what: 'service', usage: usage(form) })
        : yes({ kind: 'cancel', service, environment })
    case 'rollback':
      if (service === undefined) return unreadable({ kind: 'missing', what: 'service', usage: usage(form) })
      return ref === undefined || /^[0-9a-f]{7,64}$/i.test(ref)
        ? yes({ kind: 'rollback', service, revision: ref?.toLowerCase(), environment })
        : unreadable({ kind: 'bad-revision', text: shown(ref) })
    case 'lock': {
      if (service === undefined) return unreadable({ kind: 'missing', what: 'service', usage: usage(form) })
      const duration = clauses.get('for')
      const forMs = duration === undefined ? undefined : durationMs(duration)
      if (duration !== undefined && forMs === undefined) {
        return unreadable({ kind: 'bad-duration', text: shown(duration) })
      }
      if (freeText === undefined) return unreadable({ kind: 'missing', what: 'reason', usage: usage(form) })
      const character = unprintableIn(freeText)
      return character === undefined
        ? yes({ kind: 'lock', service, environment, forMs, reason: freeText })
        : unreadable({ kind: 'bad-reason', character: shown(character) })
    }
    case 'unlock':
      return service === undefined
        ? unreadable({ kind: 'missing', what: 'service', usage: usage(form) })
        : yes({ kind: 'unlock', service, environment })
    case 'status':
    case 'history':
      return yes({ kind: form.verb, service })
    case 'help':
      return yes({ kind: 'help' })
  }
}

function typedRef(text: string): Decision<TypedRef> {
  const [, prefix, name = text] = /^(branch|tag):(.*)$/.exec(text) ?? []
  const why = refProblem(name)
  if (why !== undefined) return unreadable({ kind: 'bad-ref', text: shown(text), why: shown(why) })
  return yes({ kind: prefix === 'branch' || prefix === 'tag' ? prefix : 'any', name })
}

function unreadable(problem: Unreadable): Decision<never> {
  return refuse({ reason: 'unreadable', problem })
}
