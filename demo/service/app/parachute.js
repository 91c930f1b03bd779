/** What people typed or set never becomes markup. */
export function softly(text) {
  return String(text).replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
