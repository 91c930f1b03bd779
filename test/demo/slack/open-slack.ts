import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { LocalSlack, LocalSlackOptions } from '../../../demo/slack/local-slack.ts'
import { startLocalSlack } from '../../../demo/slack/server.ts'

export const tokens = { bot: 'xoxb-test', app: 'xapp-test' }

/** A small workspace: one channel with the bot, and one of each kind of channel and person that is refused somewhere. */
export function openSlack(more: Partial<LocalSlackOptions> = {}): Promise<LocalSlack> {
  return startLocalSlack({
    team: { id: 'T1', name: 'Acme' },
    tokens,
    users: [
      { id: 'U1', name: 'alice' },
      { id: 'U2', name: 'bob' },
      { id: 'U3', name: 'guest', is_restricted: true },
      { id: 'U4', name: 'stranger', team_id: 'T2', is_stranger: true },
    ],
    groups: [
      { id: 'S1', handle: 'backend', users: ['U1', 'U2'] },
      { id: 'S2', handle: 'gone', users: ['U1'], is_disabled: true },
    ],
    channels: [
      { id: 'C1', name: 'deploys' },
      { id: 'C2', name: 'without-the-bot', has_bot: false },
      { id: 'C3', name: 'secret', has_bot: false, is_private: true },
      { id: 'C4', name: 'old', is_archived: true },
      { id: 'C5', name: 'small', members: ['U1'] },
      { id: 'C6', name: 'shared', is_ext_shared: true },
    ],
    scopes: [
      'commands',
      'chat:write',
      'users:read',
      'usergroups:read',
      'files:write',
      'channels:read',
      'reactions:write',
    ],
    ...more,
  })
}

export type Answered = { readonly ok: boolean; readonly error?: string; readonly [key: string]: unknown }

/** One Web API call over real HTTP, with the bot's token unless told. */
export async function call(
  slack: LocalSlack,
  method: string,
  args: object = {},
  token = tokens.bot,
): Promise<Answered> {
  const response = await post(slack, method, args, token)
  return (await response.json()) as Answered
}

export function post(
  slack: LocalSlack,
  method: string,
  args: object = {},
  token = tokens.bot,
): Promise<Response> {
  const headers = {
    'Content-Type': 'application/json',
    ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
  }
  return fetch(`${slack.apiUrl}${method}`, { method: 'POST', headers, body: JSON.stringify(args) })
}

/** Posts a message to C1 and answers its ts. */
export async function posted(slack: LocalSlack, args: object = {}): Promise<string> {
  const answer = await call(slack, 'chat.postMessage', { channel: 'C1', text: 'hello', ...args })
  if (typeof answer['ts'] !== 'string')
    throw new Error(`chat.postMessage was refused: ${JSON.stringify(answer)}`)
  return answer['ts']
}

export const approveButton = {
  type: 'actions',
  block_id: 'decide',
  elements: [
    {
      type: 'button',
      action_id: 'approve',
      value: 'd1',
      style: 'primary',
      text: { type: 'plain_text', text: 'Approve' },
    },
  ],
}

export type Frame = { readonly type: string; readonly envelope_id: string; readonly [key: string]: unknown }

/** A bare Socket Mode client: it collects frames and acks nothing by itself. */
export class Socket {
  readonly frames: Frame[] = []
  readonly ws: WebSocket
  private readonly listeners = new Set<() => void>()

  constructor(url: string) {
    this.ws = new WebSocket(url)
    this.ws.on('message', data => {
      this.frames.push(JSON.parse(String(data)) as Frame)
      for (const listener of [...this.listeners]) listener()
    })
  }

  /** The next frame of this type that was not taken yet, as soon as it is there. */
  take(type: string): Promise<Frame> {
    return new Promise(resolve => {
      const look = (): void => {
        const index = this.frames.findIndex(frame => frame.type === type)
        const frame = index < 0 ? undefined : this.frames.splice(index, 1)[0]
        if (frame === undefined) return
        this.listeners.delete(look)
        resolve(frame)
      }
      this.listeners.add(look)
      look()
    })
  }

  ack(envelopeId: string, payload: unknown = {}): void {
    this.ws.send(JSON.stringify({ envelope_id: envelopeId, payload }))
  }

  async close(): Promise<number> {
    this.ws.close(1000)
    const [code] = await once(this.ws, 'close')
    return Number(code)
  }
}

export async function socketUrl(slack: LocalSlack): Promise<string> {
  const { url } = await call(slack, 'apps.connections.open', {}, tokens.app)
  return String(url)
}

/** A socket that has got its hello. */
export async function connected(slack: LocalSlack): Promise<Socket> {
  const socket = new Socket(await socketUrl(slack))
  await socket.take('hello')
  return socket
}
