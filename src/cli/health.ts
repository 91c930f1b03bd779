import { createServer, type Server } from 'node:http'

/** `GET /healthz`: 200 while Slack's socket is up, else 503. On loopback only: a supervisor asks, nobody else. */
export function startHealth(port: number, isWell: () => boolean): Server {
  return createServer((request, response) => {
    const isKnown = request.method === 'GET' && request.url === '/healthz'
    response.writeHead(isKnown ? (isWell() ? 200 : 503) : 404, { 'content-type': 'text/plain' })
    response.end(
      isKnown ? (isWell() ? 'connected to Slack\n' : 'not connected to Slack\n') : 'only /healthz is here\n',
    )
  }).listen(port, '127.0.0.1')
}
