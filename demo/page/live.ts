import type { Act, Acted, FromServer } from '../web/protocol.ts'

const SOONEST_MS = 250
const LATEST_MS = 5_000

/** Listens to the server, and comes back when the connection is cut. The answer ends it. */
export function listen(hear: (news: FromServer | { readonly kind: 'cut' }) => void): () => void {
  let socket: WebSocket | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitMs = SOONEST_MS
  connect()
  return () => {
    clearTimeout(timer)
    socket?.removeEventListener('close', again)
    socket?.close()
  }

  function connect(): void {
    socket = new WebSocket(new URL('/live', location.href.replace(/^http/, 'ws')))
    socket.addEventListener('message', ({ data }) => {
      waitMs = SOONEST_MS
      hear(JSON.parse(String(data)) as FromServer)
    })
    socket.addEventListener('close', again)
  }

  function again(): void {
    hear({ kind: 'cut' })
    timer = setTimeout(connect, waitMs)
    waitMs = Math.min(waitMs * 2, LATEST_MS)
  }
}

/** Undefined: done. Otherwise the sentence that says why not. */
export async function perform(act: Act): Promise<string | undefined> {
  try {
    const response = await fetch('/act', { method: 'POST', body: JSON.stringify(act) })
    const acted = (await response.json()) as Acted
    return acted.ok ? undefined : acted.problem
  } catch {
    return 'The demo does not answer. Is it still running in the terminal?'
  }
}
