import type { Deployment } from '../deployment.ts'
import type { Hold } from '../hold.ts'
import type { DryRun } from '../plan/rehearsal.ts'
import type { Refusal } from '../refusal.ts'
import type { StatusReport } from '../status-report.ts'

/** What the asker is answered. */
export type Reply =
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'accepted'; readonly deployment: Deployment }
  | { readonly kind: 'dry-run'; readonly dryRun: DryRun }
  | { readonly kind: 'status'; readonly report: StatusReport }
  | { readonly kind: 'history'; readonly deployments: readonly Deployment[] }
  | { readonly kind: 'cancelled'; readonly deployment: Deployment }
  | { readonly kind: 'decided'; readonly deployment: Deployment }
  /** `underway`: what was asked for before, which goes on. */
  | { readonly kind: 'locked'; readonly hold: Hold; readonly underway: readonly Deployment[] }
  /** `hold`: the one that was lifted. */
  | { readonly kind: 'unlocked'; readonly hold: Hold; readonly by: string }
