/** `0.18 s`, `1.9 s`, `45 s`, `2 min 5 s`, `3 h 10 min`. */
export function secondsText(ms: number): string {
  if (ms <= 0) return '0 s'
  if (ms < 995) return `${(Math.max(1, Math.round(ms / 10)) / 100).toFixed(2)} s`
  if (ms < 9_950) return `${(Math.round(ms / 100) / 10).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's')
  const minutes = Math.round(seconds / 60)
  return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
}

/** `just now`, `45 s ago`, `12 min ago`, `3 h ago`, `2 days ago`: how people say when. Both in milliseconds since 1970. */
export function agoText(then: number, now: number): string {
  const seconds = Math.floor((now - then) / 1000)
  if (seconds < 5) return 'just now'
  if (seconds < 60) return `${seconds} s ago`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ago`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h ago`
  const days = Math.floor(hours / 24)
  return days === 1 ? '1 day ago' : `${days} days ago`
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}
