import type { Secret } from './secret.ts'

/** One line that a host's shell runs: a function of the preamble and its arguments. */
export interface Step {
  readonly name: string
  readonly call: readonly [script: string, ...words: readonly (string | Secret)[]]
  /** The bot's own deadline; the commands inside have shorter ones of their own. */
  readonly limitMs: number
}

/** How a step ended. Unknown is never success. */
export type StepOutcome =
  | ({ readonly status: 'ok'; readonly durationMs: number } & Printed)
  | ({
      readonly status: 'failed'
      readonly exit: { readonly code: number } | { readonly signal: string }
      readonly durationMs: number
    } & Printed)
  | {
      readonly status: 'unknown'
      readonly why: 'link-lost' | 'timed-out' | 'no-marker' | 'bot-paused'
      /** Under this number the host keeps the step's exit code and output. */
      readonly sequence: string
      readonly output: string
      readonly durationMs: number
    }

/** What a step printed, as far as it came over; `cutBytes`: how much of it did not. */
interface Printed {
  readonly output: string
  readonly cutBytes?: number
}
