import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Faults } from './faults.ts'
import { isObject, type JsonObject, parseJson } from './json.ts'
import type { Workspace } from './workspace.ts'

const MOST_CONNECTIONS = 10

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets'

export type Ack =
  | { readonly status: 'acked'; readonly afterMs: number; readonly payload: JsonObject }
  | { readonly status: 'timed out' }
  | { readonly status: 'no connection' }

/** One thing that was sent to the app, and what became of it. */
export type Envelope = {
  readonly envelopeId: string
  readonly type: string
  readonly payload: JsonObject
  /** Numbers of the connections that got it, counted from 1 in the order of opening; more than one if duplicated. */
  readonly sentTo: readonly number[]
  readonly ack: Ack | 'awaited'
}

type Connection = { readonly number: number; readonly socket: WebSocket }
type Waiting = { readonly since: number; readonly timer: NodeJS.Timeout; readonly settle: (ack: Ack) => void }

/** Slack's side of Socket Mode: tickets, sockets, envelopes and their acks. */
export class SocketMode {
  private readonly workspace: Workspace
  private readonly faults: Faults
  private readonly ackLimitMs: number
  private readonly upgrader = new WebSocketServer({ noServer: true })
  private readonly tickets = new Set<string>()
  private readonly connections: Connection[] = []
  private readonly waiting = new Map<string, Waiting>()
  private readonly sent = new Map<string, Envelope>()
  private readonly wrongs: string[] = []
  private opened = 0
  private turn = 0

  constructor(workspace: Workspace, faults: Faults, ackLimitMs: number) {
    this.workspace = workspace
    this.faults = faults
    this.ackLimitMs = ackLimitMs
  }

  get open(): number {
    return this.connections.length
  }

  get envelopes(): readonly Envelope[] {
    return [...this.sent.values()]
  }

  /** What the app sent that breaks the protocol, as sentences. A good app leaves this empty. */
  get complaints(): readonly string[] {
    return this.wrongs
  }

  /** A path with a ticket that opens one socket. */
  newPath(): string {
    const ticket = randomUUID()
    this.tickets.add(ticket)
    return `/link/?ticket=${ticket}&app_id=${this.workspace.team.appId}`
  }

  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const [path, query] = (request.url ?? '').split('?')
    const ticket = new URLSearchParams(query).get('ticket') ?? ''
    if (path !== '/link/' || !this.tickets.delete(ticket)) {
      stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    this.upgrader.handleUpgrade(request, stream, head, socket => this.accept(socket))
  }

  /** Sends an envelope to one open socket. Resolves at its ack, from whichever socket, or when the limit is over. */
  deliver(type: 'slash_commands' | 'interactive', payload: JsonObject): Promise<Ack> {
    const envelopeId = randomUUID()
    const frame = JSON.stringify({ type, envelope_id: envelopeId, accepts_response_payload: true, payload })
    const copies = 1 + this.faults.copiesOfThisEnvelope()
    const sentTo = Array.from({ length: copies }, () => this.send(frame)).filter(
      number => number !== undefined,
    )
    this.sent.set(envelopeId, { envelopeId, type, payload, sentTo, ack: 'awaited' })
    return new Promise(resolve => {
      const settle = (ack: Ack): void => {
        clearTimeout(timer)
        this.waiting.delete(envelopeId)
        this.sent.set(envelopeId, { envelopeId, type, payload, sentTo, ack })
        this.workspace.announce({ kind: 'envelope settled', envelopeId })
        resolve(ack)
      }
      const timer = setTimeout(() => settle({ status: 'timed out' }), this.ackLimitMs)
      this.waiting.set(envelopeId, { since: performance.now(), timer, settle })
      if (sentTo.length === 0) settle({ status: 'no connection' })
    })
  }

  /** Tells sockets to leave. Unless it is only a warning, nothing more is sent there and the close follows. */
  disconnect(reason: DisconnectReason, number?: number): void {
    for (const connection of this.numbered(number)) this.sayGoodbye(connection, reason)
  }

  /** Cuts the wire under sockets, without a close frame. */
  drop(number?: number): void {
    for (const { socket } of this.numbered(number)) socket.terminate()
  }

  /** Cuts what is left and gives up on every ack. */
  close(): void {
    for (const socket of this.upgrader.clients) socket.terminate()
    for (const { settle } of [...this.waiting.values()]) settle({ status: 'timed out' })
    this.upgrader.close()
  }

  private accept(socket: WebSocket): void {
    this.opened += 1
    const connection: Connection = { number: this.opened, socket }
    socket.on('error', () => socket.terminate())
    if (this.connections.length >= MOST_CONNECTIONS) {
      this.sayGoodbye(connection, 'too_many_websockets')
      return
    }
    this.connections.push(connection)
    socket.on('message', (data, isBinary) => this.receive(isBinary ? '' : String(data)))
    socket.on('close', () => {
      this.connections.splice(this.connections.indexOf(connection), 1)
      this.workspace.announce({ kind: 'connections changed', open: this.open })
    })
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.open,
        connection_info: { app_id: this.workspace.team.appId },
        debug_info: { host: 'applink-1', build_number: 1, approximate_connection_time: 18060 },
      }),
    )
    this.workspace.announce({ kind: 'connections changed', open: this.open })
  }

  /** The connection of this number, or all. */
  private numbered(number: number | undefined): readonly Connection[] {
    return this.connections.filter(connection => number === undefined || connection.number === number)
  }

  private sayGoodbye(connection: Connection, reason: DisconnectReason): void {
    connection.socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-1' } }))
    if (reason === 'warning') return
    connection.socket.close(1000)
  }

  /** The number of the connection that took it; none is open: undefined. */
  private send(frame: string): number | undefined {
    const able = this.connections.filter(({ socket }) => socket.readyState === socket.OPEN)
    const chosen = able[this.turn % Math.max(able.length, 1)]
    this.turn += 1
    chosen?.socket.send(frame)
    return chosen?.number
  }

  private receive(text: string): void {
    const frame = parseJson(text)
    const envelopeId = isObject(frame) ? frame['envelope_id'] : undefined
    if (!isObject(frame) || typeof envelopeId !== 'string') {
      this.wrongs.push(`The app sent a frame that is no ack: ${text.slice(0, 200) || '(binary)'}`)
      return
    }
    const envelope = this.sent.get(envelopeId)
    const payload = frame['payload'] ?? {}
    if (envelope === undefined) this.wrongs.push(`The app acked ${envelopeId}, which was never sent.`)
    else if (!isObject(payload)) this.wrongs.push(`The ack of ${envelopeId} has a payload that is no object.`)
    else if (envelope.payload['type'] === 'block_actions' && Object.keys(payload).length > 0)
      this.wrongs.push(`The ack of a click carries ${text.slice(0, 200)}, which Slack shows to nobody.`)
    const waiting = this.waiting.get(envelopeId)
    waiting?.settle({
      status: 'acked',
      afterMs: performance.now() - waiting.since,
      payload: isObject(payload) ? payload : {},
    })
  }
}
