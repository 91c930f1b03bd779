import { get } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as startTls } from 'node:tls'
import type { Answer } from '../ports/hosts.ts'

const MOST_BODY_BYTES = 256 * 1024

/** What is used of a connection. */
export interface Forwarding {
  forwardOut(fromAddress: string, fromPort: number, address: string, port: number): Promise<Duplex>
  isConnected(): boolean
}

/**
 * One GET as the host itself would make it: through a channel of the SSH connection, so that hosts need no curl and ports
 * stay closed to the outside. A new connection each time, so that every worker has a chance to be the one that answers.
 */
export async function ask(ssh: Forwarding, url: string, timeoutMs: number): Promise<Answer> {
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    const { hostname, port, protocol, pathname, search, host } = new URL(url)
    const isTls = protocol === 'https:'
    // A URL writes an IPv6 address in brackets; sshd knows it without.
    const address = hostname.replace(/^\[|\]$/g, '')
    const opening = ssh.forwardOut('127.0.0.1', 0, address, Number(port || (isTls ? 443 : 80)))
    const channel = await inTime(opening, limit)
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

/** A channel that opens when nobody waits for it any more is closed at once: sshd allows ten, and the connection is kept. */
function inTime(opening: Promise<Duplex>, limit: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    limit.addEventListener('abort', () => reject(limit.reason), { once: true })
    opening.then(channel => (limit.aborted ? channel.destroy() : resolve(channel)), reject)
  })
}

/** ssh2 tells what the host's sshd met at the port behind words of its own. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message
    .replace(/^\(SSH\) Channel open failure: /, '')
    .replace(/^Connection refused$/, 'connection refused')
}
