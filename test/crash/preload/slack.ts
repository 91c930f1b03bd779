import { subscribe } from 'node:diagnostics_channel'
import { WebSocket } from 'undici'
import { around } from './around.ts'
import { after, before } from './effects.ts'

/** Names each call of the Web API by what it does, and each frame that is sent over the socket. */

around(globalThis, 'fetch', async (call, _, [address, request]) => {
  const name = nameOf(new URL(String(address)).pathname, bodyOf(request))
  before(name)
  const answer = await call()
  after(name)
  return answer
})

function nameOf(path: string, body: URLSearchParams): string {
  const [, first, method = ''] = path.split('/')
  if (first === 'response') return 'answer the asker'
  if (method !== 'chat.postMessage') return `call ${method}`
  if (body.get('reply_broadcast') === 'true') return 'broadcast'
  return body.has('thread_ts') ? 'reply' : 'post'
}

function bodyOf(request: unknown): URLSearchParams {
  const body = typeof request === 'object' && request && 'body' in request ? request.body : undefined
  return new URLSearchParams(typeof body === 'string' || body instanceof URLSearchParams ? body : '')
}

subscribe('undici:request:create', message => {
  if (pathIn(message).startsWith('/link/')) before('open the socket')
})
subscribe('undici:websocket:open', () => after('open the socket'))

function pathIn(message: unknown): string {
  const request = typeof message === 'object' && message && 'request' in message ? message.request : undefined
  return typeof request === 'object' && request && 'path' in request ? String(request.path) : ''
}

around(WebSocket.prototype, 'send', (call, _, [data]) => {
  const name = String(data).includes('envelope_id') ? 'acknowledge' : 'send over the socket'
  before(name)
  call()
  after(name)
})
