import type { Because } from '../because.ts'
import type { Order } from '../order.ts'
import type { Step } from '../step.ts'
import type { Move } from './moves.ts'

/** What a deployment would do, host by host: the same plan, made from a look that changed nothing. */
export interface DryRun {
  readonly order: Order
  readonly hosts: readonly HostRehearsal[]
}

/** What one host would do; `preparation` and `activation` as the plan has them. */
export type HostRehearsal =
  | {
      readonly kind: 'planned'
      readonly host: string
      /** What is checked out now. */
      readonly head: string | undefined
      readonly preparation: readonly Step[]
      /** The commit was on the host, so that what a reset would lose could be looked for. */
      readonly hasRevision: boolean
      readonly activation: readonly Move[]
    }
  | {
      readonly kind: 'impossible'
      readonly host: string
      readonly step: string
      readonly because: Because
    }
