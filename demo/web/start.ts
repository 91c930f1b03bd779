import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { resolve } from 'node:path'
import type { LocalSlack } from '../slack/local-slack.ts'
import { perform, readAct } from './desk.ts'
import { serveFile } from './files.ts'
import { refusalOf } from './guard.ts'
import { Live } from './live.ts'
import type { Acted } from './protocol.ts'
import type { Shown } from './shown.ts'

export type { Shown } from './shown.ts'

const USUAL_PORT = 4000
const MOST_PORTS = 50
const MOST_OF_A_BODY = 100_000

export interface Page {
  /** `http://127.0.0.1:4000/`, or with the port that was free. */
  readonly url: string
  /** The usual port, when another program has it. */
  readonly taken: number | undefined
  stop(): Promise<void>
}

/**
 * Serves the page on 127.0.0.1 and lets it act as the people of this Slack. A taken port gives way to the next free one;
 * 0 is any. `built` is the folder that `npm run build` makes.
 */
export async function startPage(
  slack: LocalSlack,
  shown: Shown,
  options: { readonly port?: number; readonly built?: string } = {},
): Promise<Page> {
  const built = options.built ?? resolve('dist/demo/page')
  const wanted = options.port ?? USUAL_PORT
  const server = createServer()
  const port = await listen(server, wanted)
  const live = new Live(slack, shown)
  const framed = shown.hosts.map(host => host.url)

  server.on('request', (request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.on('upgrade', (request, stream, head) => {
    if (request.url === '/live' && refusalOf(request.headers, port, true) === undefined)
      return live.accept(request, stream, head)
    stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  return {
    url: `http://127.0.0.1:${port}/`,
    taken: wanted !== 0 && port !== wanted ? wanted : undefined,
    stop: async () => {
      live.stop()
      const closed = new Promise<void>(done => server.close(() => done()))
      server.closeAllConnections()
      await closed
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const acts = request.method === 'POST'
    const refusal = refusalOf(request.headers, port, acts)
    if (refusal !== undefined) return endJson(response, 403, { ok: false, problem: refusal })
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (acts && pathname === '/act') return act(request, response)
    if (request.method === 'GET') return serveFile(built, pathname, framed, response)
    return endJson(response, 405, { ok: false, problem: 'Only GET, and POST to /act, are answered here.' })
  }

  async function act(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const act = body === undefined ? undefined : readAct(body)
    if (act === undefined)
      return endJson(response, 400, { ok: false, problem: 'That is nothing to do here.' })
    endJson(response, 200, await perform(slack, act, typed => live.noteTyped(typed)))
  }
}

/** The first free port from this one on. */
async function listen(server: Server, wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + MOST_PORTS; port++) {
    if (await took(server, port)) {
      const address = server.address()
      if (address !== null && typeof address !== 'string') return address.port
    }
  }
  throw new Error(`The ports ${wanted} to ${wanted + MOST_PORTS - 1} of this machine are all taken.`)
}

function took(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const fails = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    }
    server.once('error', fails)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', fails)
      resolve(true)
    })
  })
}

/** Undefined: it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk)
    bytes += buffer.length
    if (bytes > MOST_OF_A_BODY) return undefined
    chunks.push(buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function endJson(response: ServerResponse, status: number, body: Acted): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}
