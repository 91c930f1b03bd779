import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** A registry's front door, which can be shut or refuse; it wants a password, as real ones do. */
export interface Front {
  /** `127.0.0.1:<port>`; engines allow plain HTTP there. */
  readonly name: string
  /** Connections are reset from now on. */
  shut(): void
  /** Everybody is told to come later. */
  refuse(status: number): void
  /** What images are made of comes in so many bytes every 50 ms; which images there are is said at once. */
  slow(bytes: number): void
  open(): void
  close(): Promise<void>
}

export async function startFront(registry: string, user: string, password: string): Promise<Front> {
  let state: 'open' | 'shut' | number = 'open'
  let pace: number | undefined
  const right = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const server: Server = createServer((asked, answer) => {
    if (state === 'shut') {
      asked.destroy()
      return
    }
    if (typeof state === 'number') {
      answer.writeHead(state).end()
      return
    }
    if (asked.headers.authorization !== right) {
      answer.writeHead(401, { 'www-authenticate': 'Basic realm="rig"' }).end()
      return
    }
    const [host, port] = registry.split(':')
    const { authorization, ...headers } = asked.headers
    const onward = request({ host, port, method: asked.method, path: asked.url, headers }, reply => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers)
      if (pace !== undefined && asked.url?.includes('/blobs/')) void trickle(reply, answer, pace)
      else reply.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    asked.pipe(onward)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    name: `127.0.0.1:${port}`,
    shut: () => {
      state = 'shut'
    },
    refuse: status => {
      state = status
    },
    slow: bytes => {
      pace = bytes
    },
    open: () => {
      state = 'open'
      pace = undefined
    },
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

async function trickle(from: IncomingMessage, to: ServerResponse, bytes: number): Promise<void> {
  for await (const chunk of from.iterator({ destroyOnReturn: true })) {
    for (let at = 0; at < chunk.length && !to.destroyed; at += bytes) {
      to.write(chunk.subarray(at, at + bytes))
      await delay(50)
    }
  }
  to.end()
}
