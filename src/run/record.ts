import type { Deployment } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'
import type { Store, Teller } from '../ports.ts'

/** Recorded first, told second: what people read can always be read again from the records. */
export async function record(
  { store, teller }: { readonly store: Store; readonly teller: Teller },
  deployment: Deployment,
  event: DeploymentEvent,
): Promise<void> {
  await store.append(deployment.id, event)
  teller.tell(deployment, event)
}
