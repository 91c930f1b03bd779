import { once } from 'node:events'
import { request } from 'node:http'
import { WebSocket } from 'ws'
import type { Act, Acted, FromServer } from '../../../demo/web/protocol.ts'

export interface Asked {
  readonly method?: string
  readonly path?: string
  readonly host?: string
  readonly origin?: string | undefined
  readonly body?: object
}

/** The status of one request, with a Host and Origin that fetch would not let us choose, and a path that it would tidy. */
export function statusOf(page: string, asked: Asked): Promise<number> {
  const { hostname, port, host } = new URL(page)
  return new Promise((resolve, reject) => {
    const headers = {
      host: asked.host ?? host,
      ...(asked.origin === undefined ? {} : { origin: asked.origin }),
    }
    const sent = request(
      { hostname, port, path: asked.path ?? '/', method: asked.method ?? 'GET', headers },
      response => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    sent.on('error', reject)
    sent.end(asked.body === undefined ? undefined : JSON.stringify(asked.body))
  })
}

/** What the page's own code would do. */
export async function act(page: string, body: Act): Promise<Acted> {
  const response = await fetch(`${page}act`, {
    method: 'POST',
    headers: { origin: new URL(page).origin },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Acted
}

/** Whether somebody of this origin may listen. */
export async function opens(page: string, origin: string | undefined): Promise<boolean> {
  const socket = socketOf(page, origin)
  const isOpen = await Promise.race([
    once(socket, 'open').then(() => true),
    once(socket, 'unexpected-response').then(() => false),
  ])
  socket.on('error', () => undefined)
  socket.terminate()
  return isOpen
}

export interface Heard {
  /** The first news that this is true of, heard already or still to come. */
  until(isMeant: (news: FromServer) => boolean): Promise<FromServer>
  close(): void
}

export function listen(page: string): Heard {
  const socket = socketOf(page, new URL(page).origin)
  const heard: FromServer[] = []
  const waiting = new Set<() => void>()
  socket.on('message', data => {
    heard.push(JSON.parse(String(data)) as FromServer)
    for (const look of waiting) look()
  })
  return {
    until: isMeant =>
      new Promise(resolve => {
        const look = (): void => {
          const found = heard.find(isMeant)
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    close: () => socket.terminate(),
  }
}

function socketOf(page: string, origin: string | undefined): WebSocket {
  const url = new URL('/live', page.replace('http:', 'ws:'))
  return new WebSocket(url, origin === undefined ? {} : { origin })
}
