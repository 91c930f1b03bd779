import { isObject, type JsonObject, parseJson } from './json.ts'

export type Answer = JsonObject & { readonly ok: boolean }
export type Refusal = JsonObject & { readonly ok: false; readonly error: string }

/** An error answer as Slack words it: HTTP 200, `ok: false` and Slack's own name of the error. */
export function refuse(error: string, more: JsonObject = {}): Refusal {
  return { ok: false, error, ...more }
}

/** The arguments of one call. A form sends everything as text, JSON sends real values; both read the same here. */
export class Args {
  readonly raw: JsonObject

  constructor(raw: JsonObject) {
    this.raw = raw
  }

  has(name: string): boolean {
    return this.raw[name] !== undefined && this.raw[name] !== null
  }

  /** Empty when absent, for Slack treats both alike. A number is no text: a `ts` sent as one has lost digits. */
  text(name: string): string {
    const value = this.raw[name]
    return typeof value === 'string' ? value : ''
  }

  flag(name: string, otherwise = false): boolean {
    const value = this.raw[name]
    return this.has(name) ? value === true || value === 'true' || value === '1' : otherwise
  }

  number(name: string): number | undefined {
    const value = this.has(name) && this.raw[name] !== '' ? Number(this.raw[name]) : Number.NaN
    return Number.isFinite(value) ? value : undefined
  }

  /** A structure: as it is, or as JSON in text. Undefined when the text is no JSON. */
  structure(name: string): unknown {
    const value = this.raw[name]
    return typeof value === 'string' ? parseJson(value) : value
  }
}

/** Undefined when the body is neither a form nor a JSON object. */
export function readArgs(contentType: string, body: string): Args | undefined {
  if (contentType.startsWith('application/x-www-form-urlencoded'))
    return new Args(Object.fromEntries(new URLSearchParams(body)))
  const value = contentType.startsWith('application/json') ? parseJson(body) : undefined
  if (isObject(value)) return new Args(value)
  return contentType === '' && body === '' ? new Args({}) : undefined
}
