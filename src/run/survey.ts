import type { Target } from '../config/config.ts'
import type { Because, Host, Revision } from '../deployment.ts'
import type { Surveyed } from '../plan/order.ts'
import type { World } from './deploy.ts'

/** What has to be known before new containers can be ordered, or why it cannot be found out. */
export type Survey =
  | ({ readonly kind: 'surveyed' } & Surveyed)
  | { readonly kind: 'impossible'; readonly host: string; readonly step: string; readonly because: Because }

/**
 * Looks at all hosts and pulls the image on the first one, which changes nothing that runs. `revision`: what `{revision}` in the
 * image stands for; undefined: what the hosts have checked out.
 */
export async function survey(
  _world: World,
  _target: Target,
  hosts: readonly Host[],
  _revision: Revision | undefined,
): Promise<Survey> {
  const detail = 'pulling an image is not possible yet'
  return {
    kind: 'impossible',
    host: hosts[0]?.name ?? '',
    step: 'pull',
    because: { kind: 'fault', detail },
  }
}
