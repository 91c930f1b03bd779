import type { TargetId } from './target.ts'

/** A person's lock on a target: nobody else deploys it until somebody lifts it or its time is over. */
export interface Hold {
  readonly target: TargetId
  readonly by: string
  /** As it was typed: printable, without control and bidi characters. */
  readonly reason: string
  /** Since when its holder has had it. Milliseconds since 1970, by the records' clock. */
  readonly since: number
  /** Undefined: until somebody lifts it. */
  readonly until: number | undefined
}
