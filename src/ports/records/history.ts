import type { Deployment, DeploymentStatus } from '../../deployment.ts'
import type { HostResult } from '../../host-result.ts'
import type { TargetId } from '../../target.ts'

/** What was ordered, by whom, and what became of it. */
export interface HistoryRecords {
  find(id: string): Promise<Deployment | undefined>
  /** What a command with this trigger has ordered, decided or stopped already. */
  doneBy(trigger: string): Promise<Done | undefined>
  /** Newest first. */
  history(filter: {
    readonly service: string | undefined
    readonly limit: number
  }): Promise<readonly Deployment[]>
  /** The newest deployment of the target with this status, if any. */
  latest(target: TargetId, status: DeploymentStatus): Promise<Deployment | undefined>
  /** The target's newest deployments, at most so many, newest first, with how each host ended as far as it is recorded. */
  attempts(target: TargetId, limit: number): Promise<readonly Attempt[]>
  /** Image digest that the target last succeeded with. */
  recordedDigest(target: TargetId): Promise<string | undefined>
}

/** What a command has come to. */
export interface Done {
  readonly kind: 'accepted' | 'cancelled' | 'decided'
  readonly deployment: Deployment
}

export interface Attempt {
  readonly deployment: Deployment
  /** By the host's name. */
  readonly results: ReadonlyMap<string, HostResult>
}
