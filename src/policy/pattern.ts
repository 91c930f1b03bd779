/**
 * Whether the text is what the pattern says: `*` stands for any run of characters, every other character for itself. Each
 * piece between stars is taken at its first occurrence: no backtracking, however many stars there are.
 */
export function matches(text: string, pattern: string): boolean {
  const [start = '', ...pieces] = pattern.split('*')
  const end = pieces.pop()
  if (end === undefined) return text === pattern
  if (!text.startsWith(start)) return false

  let at = start.length
  for (const piece of pieces) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return text.length - end.length >= at && text.endsWith(end)
}
