/** Unix milliseconds of a message's ts. */
export function msOf(ts: string): number {
  return Number(ts) * 1000
}

/** `now`, `12 s ago`, `3 min ago`; older than an hour: the time of day. */
export function agoText(ms: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - ms) / 1000))
  if (seconds < 5) return 'now'
  if (seconds < 60) return `${seconds - (seconds % 5)} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  return timeText(ms)
}

export function timeText(ms: number): string {
  return new Date(ms).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
}

/** `today`, `yesterday`, or the date. */
export function dayText(ms: number, nowMs: number, options: Intl.DateTimeFormatOptions = LONG): string {
  const days = Math.round((midnight(nowMs) - midnight(ms)) / 86_400_000)
  if (days === 0) return 'today'
  return days === 1 ? 'yesterday' : new Date(ms).toLocaleDateString('en-GB', options)
}

/** A date as `<!date^…>` asks for it, in the reader's own time zone. A token that is not known stays. */
export function dateText(seconds: number, format: string, nowMs: number): string {
  const ms = seconds * 1000
  const date = new Date(ms)
  return format.replaceAll(/\{(\w+)\}/g, (token, name: string) => {
    switch (name) {
      case 'date_num':
        return date.toISOString().slice(0, 10)
      case 'date':
      case 'date_long':
        return date.toLocaleDateString('en-GB', LONG)
      case 'date_short':
        return date.toLocaleDateString('en-GB', SHORT)
      case 'date_pretty':
      case 'date_long_pretty':
        return dayText(ms, nowMs)
      case 'date_short_pretty':
        return dayText(ms, nowMs, SHORT)
      case 'time':
        return timeText(ms)
      case 'time_secs':
        return date.toLocaleTimeString('en-GB')
      case 'ago':
        return agoText(ms, nowMs)
      default:
        return token
    }
  })
}

const LONG: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'long', year: 'numeric' }
const SHORT: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', year: 'numeric' }

function midnight(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0)
}
