/** What a session's shell sends back. Only lines that carry the session's nonce count; everything else is somebody's output. */
export type Frame =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'ended'
      readonly sequence: string
      readonly code: number
      readonly output: string
      readonly cutBytes: number
    }

/** More than the host ever sends for one step (320 KiB and its markers): what goes beyond it is dropped, memory stays bounded. */
const MOST_CHARACTERS = 400 * 1024
/** Kept while no frame is open, so that a marker split over two chunks is still found. */
const MARKER_ROOM = 512

/**
 * Reads frames from a byte stream. Bytes outside a frame (a login shell's greeting, output shown while a step runs) are
 * skipped. A frame without its end marker never ends here: the caller sees the link close and calls the step unknown.
 */
export function frameReader(nonce: string): (chunk: Buffer) => readonly Frame[] {
  const marker = new RegExp(
    `(?:^|\\n)(?:ready ${nonce}|${nonce} (begin|end|cut) ([0-9a-z-]+)(?: ([0-9]+))?)\\n`,
  )
  let open: { sequence: string; parts: string[]; characters: number; cutBytes: number } | undefined
  let text = ''

  return chunk => {
    // latin1 keeps one character per byte, so that a multi-byte character split over two chunks survives.
    text += chunk.toString('latin1')
    const frames: Frame[] = []
    for (let found = marker.exec(text); found; found = marker.exec(text)) {
      const before = text.slice(0, found.index)
      const [whole, kind, word = '', code] = found
      text = text.slice(found.index + whole.length)
      if (kind === undefined) frames.push({ kind: 'ready' })
      else if (kind === 'begin') open = { sequence: word, parts: [], characters: 0, cutBytes: 0 }
      else if (open && kind === 'cut') {
        keep(open, `${before}\n[... ${word} bytes cut ...]\n`)
        open.cutBytes = Number(word)
      } else if (open && kind === 'end') {
        keep(open, before)
        if (open.sequence === word && code !== undefined) {
          const { parts, cutBytes } = open
          frames.push({ kind: 'ended', sequence: word, code: Number(code), output: decode(parts), cutBytes })
        }
        open = undefined
      }
    }
    if (!open) text = text.slice(-MARKER_ROOM)
    else if (text.length > MOST_CHARACTERS) text = text.slice(-MOST_CHARACTERS)
    return frames
  }
}

function keep(open: { parts: string[]; characters: number }, piece: string): void {
  const room = MOST_CHARACTERS - open.characters
  open.parts.push(piece.slice(0, room))
  open.characters += Math.min(piece.length, room)
}

function decode(parts: readonly string[]): string {
  return new TextDecoder('utf-8').decode(Buffer.from(parts.join(''), 'latin1'))
}
