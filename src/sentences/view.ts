import type { Deployment, Ending } from '../deployment.ts'
import type { DeploymentEvent, Found, Note, Offer, Void } from '../event.ts'
import type { HostResult } from '../host-result.ts'

/** A deployment as it looks now: the fold of its events. The message in Slack and the terminal are drawn from it. */
export interface View {
  readonly deployment: Deployment
  readonly phase:
    | { readonly kind: 'awaiting'; readonly expiresAt: number; readonly approvers: readonly string[] }
    | { readonly kind: 'queued'; readonly position: number; readonly behind: readonly string[] }
    | { readonly kind: 'running' }
    | { readonly kind: 'stalled'; readonly expiresAt: number }
    | {
        readonly kind: 'ended'
        readonly ending: Ending
        readonly durationMs: number
        readonly offers: readonly Offer[]
      }
  /** Every host of the order, in its order. */
  readonly hosts: ReadonlyMap<string, HostView>
  readonly found: readonly Found[]
  /** Who approved or rejected it. */
  readonly decidedBy: string | undefined
  /** Who resumed or left it. */
  readonly answeredBy: string | undefined
  readonly voided: Void | undefined
}

export interface HostView {
  readonly steps: readonly {
    readonly step: string
    readonly status: 'ok' | 'failed' | 'unknown'
    readonly durationMs: number
  }[]
  readonly notes: readonly Note[]
  readonly result: HostResult | undefined
  readonly durationMs: number
}

/** The view before anything happened. */
export function firstView(deployment: Deployment): View {
  const hosts = deployment.order.hosts.map(
    host => [host.name, { steps: [], notes: [], result: undefined, durationMs: 0 }] as const,
  )
  const { approval } = deployment
  return {
    deployment,
    phase:
      approval === undefined
        ? { kind: 'queued', position: 0, behind: [] }
        : { kind: 'awaiting', expiresAt: approval.expiresAt, approvers: [] },
    hosts: new Map(hosts),
    found: [],
    decidedBy: undefined,
    answeredBy: undefined,
    voided: undefined,
  }
}

/** The view after one more event. */
export function after(view: View, event: DeploymentEvent): View {
  switch (event.kind) {
    case 'approval-asked':
      return {
        ...view,
        phase: { kind: 'awaiting', expiresAt: event.expiresAt, approvers: event.approvers },
      }
    case 'approved':
      return {
        ...view,
        phase: view.phase.kind === 'awaiting' ? { kind: 'queued', position: 0, behind: [] } : view.phase,
        decidedBy: event.by,
      }
    case 'rejected':
      return { ...view, decidedBy: event.by }
    case 'void':
      return { ...view, voided: event.why }
    case 'queued':
      return { ...view, phase: { kind: 'queued', position: event.position, behind: event.behind } }
    case 'started':
      return { ...view, phase: { kind: 'running' } }
    case 'resumed':
      return { ...view, phase: { kind: 'running' }, found: event.found }
    case 'stalled':
      return { ...view, phase: { kind: 'stalled', expiresAt: event.expiresAt } }
    case 'answered': {
      const answered = { ...view, answeredBy: event.by }
      return event.answer === 'resume'
        ? { ...answered, phase: { kind: 'queued', position: 0, behind: [] } }
        : answered
    }
    case 'turn':
      return view
    case 'step':
      return onHost(view, event.host, host => ({
        ...host,
        steps: [
          ...host.steps,
          { step: event.step, status: event.outcome.status, durationMs: event.outcome.durationMs },
        ],
      }))
    case 'note':
      return onHost(view, event.host, host => ({ ...host, notes: [...host.notes, event.note] }))
    case 'host-ended':
      return onHost(view, event.host, host => ({
        ...host,
        result: event.result,
        durationMs: event.durationMs,
      }))
    case 'cancel-asked':
      return {
        ...view,
        deployment: { ...view.deployment, cancelledBy: view.deployment.cancelledBy ?? event.by },
      }
    case 'changes':
      return { ...view, deployment: { ...view.deployment, changes: event.changes } }
    case 'ended':
      return { ...view, phase: { ...event, offers: event.offers ?? [] } }
    case 'withdrawn':
      return offering(view, [])
    case 'offered':
      return offering(view, event.offers)
  }
}

function offering(view: View, offers: readonly Offer[]): View {
  return view.phase.kind === 'ended' ? { ...view, phase: { ...view.phase, offers } } : view
}

function onHost(view: View, name: string, change: (host: HostView) => HostView): View {
  const host = view.hosts.get(name)
  if (!host) return view
  return { ...view, hosts: new Map(view.hosts).set(name, change(host)) }
}
