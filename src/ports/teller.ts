import type { Deployment } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'

/** Tells people. Never waited for by a deployment: Slack slow or down changes messages only. */
export interface Teller {
  tell(deployment: Deployment, event: DeploymentEvent): void
}
