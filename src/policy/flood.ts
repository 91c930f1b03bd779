/** Far more than a person types, and more than a script needs that deploys everything there is once. */
export const MOST_A_MINUTE = 120

const MINUTE_MS = 60_000

/** How long the person must wait before this command may be acted on; undefined: it may, and was counted. */
export type FloodLimit = (actor: string, receivedAt: number) => number | undefined

/** Keeps one person, or a script with their name, from taking the hosts' and the git servers' time from all others. */
export function floodLimit(): FloodLimit {
  const counted = new Map<string, readonly number[]>()
  return (actor, receivedAt) => {
    // Commands come here in any order. What seems to be a minute ahead was counted before the clock was set back.
    const recent = (counted.get(actor) ?? []).filter(at => Math.abs(receivedAt - at) < MINUTE_MS)
    const [oldest] = recent
    if (oldest !== undefined && recent.length >= MOST_A_MINUTE) return oldest + MINUTE_MS - receivedAt
    counted.set(actor, [...recent, receivedAt])
    return undefined
  }
}
