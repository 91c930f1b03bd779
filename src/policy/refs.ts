/**
 * Whether a branch or tag, by its short name, is one that the service's `refs` let through. `*` stands for any run of
 * characters, slashes too; every other character for itself. No patterns: all may be deployed.
 */
export function refAllowed(name: string, patterns: readonly string[]): boolean {
  return patterns.length === 0 || patterns.some(pattern => matches(name, pattern))
}

/** Each piece between stars is taken at its first occurrence: no backtracking, however many stars there are. */
function matches(name: string, pattern: string): boolean {
  const [start = '', ...pieces] = pattern.split('*')
  const end = pieces.pop()
  if (end === undefined) return name === pattern
  if (!name.startsWith(start)) return false

  let at = start.length
  for (const piece of pieces) {
    const found = name.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return name.length - end.length >= at && name.endsWith(end)
}
