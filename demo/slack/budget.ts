const WINDOW_MS = 60_000

/** Calls per minute, as Slack publishes them per method and workspace; `chat.postMessage` counts per channel. */
export const publishedRateLimits: RateLimits = {
  'apps.connections.open': 50,
  'chat.delete': 50,
  'chat.postEphemeral': 100,
  'chat.postMessage': 60,
  'chat.update': 50,
  'conversations.info': 50,
  'reactions.add': 50,
  'usergroups.list': 20,
  'usergroups.users.list': 20,
  'users.info': 100,
  'views.open': 100,
}

export type RateLimits = { readonly [method: string]: number }

/** Counts calls over the last minute. */
export class Budget {
  private readonly limits: ReadonlyMap<string, number>
  private readonly now: () => number
  private readonly spent = new Map<string, readonly number[]>()

  constructor(limits: RateLimits, now: () => number) {
    this.limits = new Map(Object.entries(limits))
    this.now = now
  }

  /** Seconds to wait if this call is one too many; a call that is refused is not counted. */
  spend(method: string, channel: string): number | undefined {
    const key = method === 'chat.postMessage' ? `${method} ${channel}` : method
    const now = this.now()
    const recent = (this.spent.get(key) ?? []).filter(at => at > now - WINDOW_MS)
    const [oldest] = recent
    if (oldest !== undefined && recent.length >= (this.limits.get(method) ?? Number.POSITIVE_INFINITY))
      return Math.ceil((oldest + WINDOW_MS - now) / 1000)
    this.spent.set(key, [...recent, now])
    return undefined
  }
}
