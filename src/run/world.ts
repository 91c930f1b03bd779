import PQueue from 'p-queue'
import type { Clock } from '../ports/clock.ts'
import type { Hosts } from '../ports/hosts.ts'
import type { Store } from '../ports/store.ts'
import type { Teller } from '../ports/teller.ts'
import type { Lanes } from './lanes.ts'
import type { Stop } from './stop.ts'

/** What deployments run in. */
export interface World {
  readonly store: Store
  readonly hosts: Hosts
  readonly teller: Teller
  readonly clock: Clock
  readonly secretOf: (name: string) => string | undefined
  /** Values that must never be shown. */
  readonly secrets: readonly string[]
  readonly fetches: PQueue
  readonly lanes: Lanes
  readonly stop: Stop
  /** Something of ours went wrong that no person waits for. */
  readonly problem: (what: string, error: unknown) => void
}

/** A git server's sshd drops connections at random beyond ten at once. */
const FETCHES_AT_ONCE = 8

export function fetchQueue(): PQueue {
  return new PQueue({ concurrency: FETCHES_AT_ONCE })
}
