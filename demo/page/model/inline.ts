/** What stands in a line: texts, and what is more than text. Whatever nobody made a node stays a text, and is shown as one. */
export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'styled'; readonly style: Style; readonly inner: readonly Inline[] }
  | { readonly kind: 'fence'; readonly text: string }
  | { readonly kind: 'link'; readonly url: string; readonly label: string }
  | { readonly kind: 'mention'; readonly of: 'user' | 'group' | 'channel'; readonly id: string }
  | { readonly kind: 'everybody'; readonly range: string }
  | { readonly kind: 'date'; readonly seconds: number; readonly format: string; readonly fallback: string }
  | { readonly kind: 'emoji'; readonly name: string }

export type Style = 'bold' | 'italic' | 'strike' | 'code'

/** Only addresses that a browser may follow without running anything. */
export function isSafeUrl(url: string): boolean {
  return /^(?:https?:\/\/|mailto:)\S+$/i.test(url)
}
