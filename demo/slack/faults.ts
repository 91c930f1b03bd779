/** What happens to the next calls of a method, in the order in which it was asked for. */
type Fault =
  | { readonly kind: 'rate limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'server error'; readonly status: number }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'answer lost' }
  | { readonly kind: 'held'; readonly until: Promise<void> }

type Planned = { readonly fault: Fault; left: number }

/** Misfortune to order. `times` is how many calls meet it, one unless told; `heal` ends it at once. */
export class Faults {
  private readonly planned = new Map<string, Planned[]>()
  private copies = 0

  /** The next calls are answered 429 with `Retry-After`, before anything is looked at. */
  rateLimit(method: string, { retryAfterSeconds = 1, times = 1 } = {}): void {
    this.plan(method, { kind: 'rate limited', retryAfterSeconds }, times)
  }

  /** The next calls are answered with an HTTP error, before anything is looked at. */
  serverError(method: string, { status = 503, times = 1 } = {}): void {
    this.plan(method, { kind: 'server error', status }, times)
  }

  /** The next calls are refused with this error of Slack's, though token and scope are right. */
  refuse(method: string, error: string, times = 1): void {
    this.plan(method, { kind: 'refused', error }, times)
  }

  /** The next calls are done, then the connection is cut in place of an answer. */
  loseAnswer(method: string, times = 1): void {
    this.plan(method, { kind: 'answer lost' }, times)
  }

  /** The next calls wait, undone, until the function that you get is called. */
  hold(method: string, times = 1): () => void {
    let release = () => {}
    const until = new Promise<void>(resolve => {
      release = resolve
    })
    this.plan(method, { kind: 'held', until }, times)
    return release
  }

  /** Nobody gets a new socket until `heal('apps.connections.open')`. */
  connectionsOpenDown(status = 503): void {
    this.serverError('apps.connections.open', { status, times: Number.POSITIVE_INFINITY })
  }

  editWindowClosed(times = 1): void {
    this.refuse('chat.update', 'edit_window_closed', times)
  }

  planUpgradeRequired(times = 1): void {
    this.refuse('usergroups.users.list', 'plan_upgrade_required', times)
  }

  usersInfoFails(times = 1): void {
    this.refuse('users.info', 'internal_error', times)
  }

  /** The next envelope arrives this many times more, with the same envelope id, round the open sockets. */
  duplicateNextEnvelope(copies = 1): void {
    this.copies = copies
  }

  heal(method: string): void {
    this.planned.delete(method)
  }

  /** For the server: uses up one turn of the fault that this call meets. */
  met(method: string): Fault | undefined {
    const queue = this.planned.get(method)
    const first = queue?.[0]
    if (queue === undefined || first === undefined) return undefined
    first.left -= 1
    if (first.left <= 0) queue.shift()
    return first.fault
  }

  /** For the server: how many more times the envelope at hand is sent. */
  copiesOfThisEnvelope(): number {
    const copies = this.copies
    this.copies = 0
    return copies
  }

  /** Whether one is still to be met. */
  isPlanned(method: string): boolean {
    return this.planned.get(method)?.some(({ left }) => left > 0) === true
  }

  private plan(method: string, fault: Fault, times: number): void {
    this.planned.set(method, [...(this.planned.get(method) ?? []), { fault, left: times }])
  }
}
