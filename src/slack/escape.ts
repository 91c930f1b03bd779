/** Whatever comes from outside on its way into Slack: cleaned, cut, escaped, in this order. */

/**
 * Slack's mrkdwn has three characters with a meaning of their own. Escaped, nothing can mention anybody or pose as a
 * link; cut first, so that no entity is broken in half.
 */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** One line, at most so many characters after escaping. */
export function escapedLine(text: string, most: number): string {
  return escapedText(cleaned(text).replace(/\s+/g, ' ').trim(), most)
}

/** Several lines, at most so many characters after escaping. */
export function escapedText(text: string, most: number): string {
  return escaped(cutTo(cleaned(text), most, character => escaped(character).length))
}

/** Not escaped: for what Slack does not parse, such as rich text. */
export function plainText(text: string, most: number): string {
  return cutTo(cleaned(text), most, character => character.length)
}

/**
 * Without control characters (but for line breaks; tabs become spaces), characters that turn the reading direction or
 * show as nothing, and halves of surrogate pairs.
 */
export function cleaned(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replaceAll('\t', '  ')
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '')
    .replace(/[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
}

/** Whole characters from the start; what was cut is shown by an ellipsis that still fits. */
function cutTo(text: string, most: number, weight: (character: string) => number): string {
  let used = 0
  let kept = ''
  let fitting = ''
  for (const character of text) {
    used += weight(character)
    if (used > most) return `${fitting.trimEnd()}…`
    kept += character
    if (used <= most - 1) fitting = kept
  }
  return kept
}
