import { isList, isObject, type JsonObject } from './json.ts'

/** Says to `complain` what is wrong with a value, and at which JSON pointer. */
export type Check = (value: unknown, at: string, complain: (text: string, at: string) => void) => void

type Shape = { readonly required?: Fields; readonly optional?: Fields }
type Fields = { readonly [name: string]: Check }

/** An object with these fields and no other. */
export function object(shape: Shape): Check {
  const fields = new Map(Object.entries({ ...shape.required, ...shape.optional }))
  return (value, at, complain) => {
    if (!isObject(value)) return complain('must provide an object', at)
    for (const name of Object.keys(shape.required ?? {}))
      if (value[name] === undefined) complain(`missing required field: ${name}`, at)
    for (const [name, found] of Object.entries(value)) {
      const check = fields.get(name)
      if (check === undefined) complain(`invalid additional property: ${name}`, at)
      else if (found !== undefined) check(found, `${at}/${name}`, complain)
    }
  }
}

/** An object whose `type` chooses among these checks. */
export function byType(kinds: { readonly [type: string]: Check }): Check {
  const known = new Map(Object.entries(kinds))
  return (value, at, complain) => {
    if (!isObject(value)) return complain('must provide an object', at)
    const type = value['type']
    if (typeof type !== 'string') return complain('missing required field: type', at)
    const check = known.get(type)
    if (check === undefined) return complain(`unsupported type: ${type}`, `${at}/type`)
    check(value, at, complain)
  }
}

export function text(longest: number, shortest = 1): Check {
  return (value, at, complain) => {
    if (typeof value !== 'string') return complain('must provide a string', at)
    if (value.length > longest) complain(`must be less than ${longest + 1} characters`, at)
    if (value.length < shortest) complain(`must be more than ${shortest - 1} characters`, at)
  }
}

export function list(item: Check, size: { readonly most?: number; readonly least?: number } = {}): Check {
  const { most = Number.POSITIVE_INFINITY, least = 1 } = size
  return (value, at, complain) => {
    if (!isList(value)) return complain('must provide an array', at)
    if (value.length > most) complain(`no more than ${most} items allowed`, at)
    if (value.length < least) complain(`no fewer than ${least} items allowed`, at)
    for (const [index, found] of value.entries()) item(found, `${at}/${index}`, complain)
  }
}

export function oneOf(...allowed: readonly unknown[]): Check {
  return (value, at, complain) => {
    if (!allowed.includes(value)) complain(`must be one of ${allowed.map(String).join(', ')}`, at)
  }
}

export const yesOrNo: Check = (value, at, complain) => {
  if (typeof value !== 'boolean') complain('must provide a boolean', at)
}

export const number: Check = (value, at, complain) => {
  if (typeof value !== 'number') complain('must provide a number', at)
}

export const httpUrl: Check = (value, at, complain) => {
  text(3000)(value, at, complain)
  if (typeof value === 'string' && !/^https?:\/\/\S+$/.test(value)) complain('must be a valid url', at)
}

/** The same object, with one more rule about it as a whole. */
export function and(check: Check, rule: (value: JsonObject) => string | undefined): Check {
  return (value, at, complain) => {
    check(value, at, complain)
    const wrong = isObject(value) ? rule(value) : undefined
    if (wrong !== undefined) complain(wrong, at)
  }
}
