/** `90m`, `2h` or `3d` in milliseconds; undefined for anything else, and for more than thirty days. */
export function durationMs(text: string): number | undefined {
  const [, count = '', unit = ''] = /^([1-9][0-9]{0,4})([mhd])$/.exec(text) ?? []
  const ms = Number(count) * (unit === 'm' ? MINUTE_MS : unit === 'h' ? 60 * MINUTE_MS : DAY_MS)
  return ms > 0 && ms <= 30 * DAY_MS ? ms : undefined
}

/**
 * The first character of a reason that cannot be shown as it is: controls, what turns the reading direction or is
 * invisible, halves of surrogate pairs, line ends.
 */
export function unprintableIn(text: string): string | undefined {
  return /[\p{C}\p{Zl}\p{Zp}]/u.exec(text)?.[0]
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
