import type { Because } from '../because.ts'
import type { Host } from '../order.ts'
import type { Step, StepOutcome } from '../step.ts'
import type { TargetId } from '../target.ts'

export interface Hosts {
  open(host: Host, purpose: SessionPurpose): Promise<Opening>
  /** Ends all connections; running steps finish on their hosts. */
  close(): Promise<void>
}

export type Opening =
  | { readonly kind: 'open'; readonly session: HostSession }
  | { readonly kind: 'closed'; readonly because: Because }

export interface HostSession {
  /** Never throws: a lost link is an outcome. */
  run(step: Step): Promise<StepOutcome>
  /** One HTTP GET from the host's own network, through the SSH connection. */
  ask(url: string, timeoutMs: number): Promise<Answer>
  close(): Promise<void>
}

export type Answer =
  | {
      readonly status: 'answered'
      readonly code: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  | { readonly status: 'unanswered'; readonly detail: string; readonly linkLost: boolean }

/** Read-only sessions (`look`) take no lock; deploy sessions hold the target's lock from the first line to the last. */
export type SessionPurpose =
  | { readonly kind: 'look' }
  | {
      readonly kind: 'deploy'
      readonly deployment: string
      readonly target: TargetId
      readonly installation: string
      readonly fence: number
      readonly firstFence: number
      readonly by: string
      readonly lockWaitMs: number
    }
