import type { Target } from '../config/config.ts'
import { type Decision, refuse, yes } from '../refusal.ts'

/** Whether a code deploy may start without anybody's approval. Where one is asked for, a missing button means no, never yes. */
export function mayStartAlone(target: Target): Decision<'code'> {
  return target.approval === 'all'
    ? refuse({ reason: 'needs-approval', service: target.service })
    : yes('code')
}
