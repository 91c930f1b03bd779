import { inspect } from 'node:util'

/** A value that shows as [REDACTED] wherever it is printed, logged or serialised; only `reveal()` gives it out. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[REDACTED]'
  }

  toJSON(): string {
    return '[REDACTED]'
  }

  [inspect.custom](): string {
    return '[REDACTED]'
  }
}
