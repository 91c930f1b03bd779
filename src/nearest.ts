/**
 * The candidates that `word` was probably meant to be: nearest first, at most three, none when nothing is near.
 * Near is one typing slip in every three characters, or an unfinished word of at least three characters.
 */
export function nearest(word: string, candidates: Iterable<string>): readonly string[] {
  const typed = word.slice(0, 200).toLowerCase()
  const allowed = Math.max(1, Math.floor(typed.length / 3))
  return [...candidates]
    .map(candidate => ({ candidate, slips: slipsBetween(typed, candidate.toLowerCase()) }))
    .filter(
      ({ candidate, slips }) =>
        (slips <= allowed && slips < candidate.length) ||
        (typed.length >= 3 && candidate.toLowerCase().startsWith(typed)),
    )
    .sort((a, b) => a.slips - b.slips || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

/** Letters added, left out, replaced, or swapped with their neighbour (optimal string alignment). */
function slipsBetween(from: string, to: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = at(last, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1)
      const swapped =
        from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? at(beforeLast, j - 2) + 1 : Infinity
      row.push(Math.min(replaced, swapped, at(last, j) + 1, at(row, j - 1) + 1))
    }
    beforeLast = last
    last = row
  }
  return at(last, to.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
