import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Logger } from 'pino'
import type { Health } from '../sentences/health.ts'
import { EX_CONFIG, NotStarted } from './not-started.ts'

/**
 * `GET /healthz`: 200 while the bot is well, else 503, and why in plain lines. On loopback only: a supervisor asks, nobody else.
 * Resolves when it can be asked; rejects with NotStarted when the port cannot be had.
 */
export async function startHealth(parts: {
  readonly port: number
  /** Never rejects. */
  readonly health: () => Promise<Health>
  readonly log: Logger
}): Promise<Server> {
  const { port, health, log } = parts
  const server = createServer(async (request, response) => {
    const isKnown = request.method === 'GET' && request.url === '/healthz'
    const { isWell, text } = isKnown ? await health() : NOWHERE
    response.writeHead(isKnown ? (isWell ? 200 : 503) : 404, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(text)
  })
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new NotStarted(EX_CONFIG, notListening(port, error))
  }
  // Whether somebody can ask how we are is no reason to end deployments.
  server.on('error', error =>
    log.error({ err: error }, `The health check on 127.0.0.1:${port} met a fault; the bot goes on.`),
  )
  return server
}

const NOWHERE: Health = { isWell: false, text: 'only /healthz is here\n' }

function notListening(port: number, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const why =
    code === 'EADDRINUSE'
      ? `another program already listens on 127.0.0.1:${port}`
      : `127.0.0.1:${port} cannot be listened on (${String(code ?? error)})`
  return `HEALTH_PORT is ${port}, but ${why}. Put a free port there, or leave it out to go without a health check, then start again.`
}
