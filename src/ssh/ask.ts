import { get } from 'node:http'
import type { Socket } from 'node:net'
import { connect as startTls } from 'node:tls'
import type { NodeSSH } from 'node-ssh'
import type { Answer } from '../ports.ts'

const MOST_BODY_BYTES = 256 * 1024

/**
 * One GET as the host itself would make it: through a channel of the SSH connection, so that hosts need no curl and ports
 * stay closed to the outside. A new connection each time, so that every worker has a chance to be the one that answers.
 */
export async function ask(ssh: NodeSSH, url: string, timeoutMs: number): Promise<Answer> {
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    const { hostname, port, protocol, pathname, search, host } = new URL(url)
    const isTls = protocol === 'https:'
    // A URL writes an IPv6 address in brackets; sshd knows it without.
    const address = hostname.replace(/^\[|\]$/g, '')
    const channel = await withLimit(
      ssh.forwardOut('127.0.0.1', 0, address, Number(port || (isTls ? 443 : 80))),
      limit,
    )
    const stream = isTls ? startTls({ socket: channel, servername: address }) : channel
    return await answerTo({ path: pathname + search, headers: { host }, signal: limit }, asSocket(stream))
  } catch (error) {
    const detail = limit.aborted ? `no answer within ${timeoutMs / 1000} s` : messageOf(error)
    return { status: 'unanswered', detail, linkLost: !ssh.isConnected() }
  }
}

function answerTo(
  request: { path: string; headers: Record<string, string>; signal: AbortSignal },
  socket: Socket,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = get({ ...request, createConnection: () => socket }, response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body = (body + text).slice(0, MOST_BODY_BYTES)
      })
      response.on('error', reject)
      response.on('end', () => {
        const headers: Record<string, string> = {}
        for (const [name, value] of Object.entries(response.headers)) headers[name] = String(value)
        resolve({ status: 'answered', code: response.statusCode ?? 0, headers, body })
        socket.destroy()
      })
    })
    outgoing.on('error', error => {
      socket.destroy()
      reject(error)
    })
  })
}

/** ssh2's channel is a Duplex; node:http asks a Socket of it and uses only what a Duplex has when no agent is involved. */
function asSocket(stream: unknown): Socket {
  return stream as Socket
}

function withLimit<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
    ),
  ])
}

/** ssh2 tells what the host's sshd met at the port behind words of its own. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message
    .replace(/^\(SSH\) Channel open failure: /, '')
    .replace(/^Connection refused$/, 'connection refused')
}
