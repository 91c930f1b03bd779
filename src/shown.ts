/**
 * A text from outside, safe to show between backticks in a sentence: printable ASCII; everything else, and the backtick
 * itself, as `\u202e`. What is longer than `most` code points is cut and ends in `...`.
 */
export function shown(text: string, most = 80): string {
  let characters = 0
  let safe = ''
  for (const character of text) {
    if (++characters > most) return `${safe}...`
    safe += /^[\x20-\x5f\x61-\x7e]$/.test(character) ? character : escaped(character)
  }
  return safe
}

function escaped(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex}`
}
