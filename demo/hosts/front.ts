import { connect, createServer, type Socket } from 'node:net'
import { listenAnywhere } from './listen.ts'

export interface Front {
  readonly port: number
  close(): Promise<void>
}

const NOBODY = `<!doctype html>
<meta charset="utf-8"><meta http-equiv="refresh" content="1"><title>Nothing here</title>
<body style="font: 16px system-ui; display: grid; place-content: center; min-height: 90vh">No container serves here now.
`

/**
 * The host's published port, for browsers: it stays while containers come and go. `socketBehind` is where the one that
 * runs now listens. The bot does not come this way but through SSH.
 */
export async function startFront(socketBehind: () => string | undefined): Promise<Front> {
  const open = new Set<Socket>()
  const server = createServer(browser => {
    open.add(browser)
    browser.on('close', () => open.delete(browser))
    browser.on('error', () => {})
    const path = socketBehind()
    const container = path === undefined ? undefined : connect(path)
    if (container === undefined) return answerNobody(browser)
    container.on('connect', () => browser.pipe(container).pipe(browser))
    container.on('error', () => answerNobody(browser))
    browser.on('close', () => container.destroy())
  })
  const port = await listenAnywhere(server)
  return {
    port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

function answerNobody(browser: Socket): void {
  const head = `HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nContent-Length: ${Buffer.byteLength(NOBODY)}`
  browser.end(`${head}\r\nConnection: close\r\n\r\n${NOBODY}`)
}
