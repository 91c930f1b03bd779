import type { DeploymentEvent } from '../../event.ts'
import type { HostResult } from '../../host-result.ts'

/** What happened to a deployment. */
export interface EventRecords {
  /**
   * Adds the event and, in the same moment, what follows from it: the host's result, the deployment's end. A run gives the
   * `fence` that it holds. False, and nothing was written: another run has taken over, or the deployment has ended. When the outcome
   * is unknown, the same object may be appended again: it is recorded once.
   */
  append(id: string, event: DeploymentEvent, fence?: number): Promise<boolean>
  events(id: string): Promise<readonly { readonly at: number; readonly event: DeploymentEvent }[]>
  hostResults(
    id: string,
  ): Promise<ReadonlyMap<string, { readonly result: HostResult; readonly durationMs: number }>>
}
