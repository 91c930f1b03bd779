import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { LocalSlack } from '../slack/local-slack.ts'
import type { Change } from '../slack/shapes.ts'
import { watchHosts } from './hosts.ts'
import type { Act, FromServer, Message } from './protocol.ts'
import { messageSeen, messagesSeen, typedSeen, whisperSeen, workspaceSeen } from './seen.ts'
import type { Shown } from './shown.ts'

/** Every open page, and what it is told. */
export class Live {
  private readonly slack: LocalSlack
  private readonly shown: Shown
  private readonly sockets = new WebSocketServer({ noServer: true, maxPayload: 1_024 })
  private readonly typed: Message[] = []
  private readonly hosts: ReturnType<typeof watchHosts>
  private readonly unhook: () => void

  constructor(slack: LocalSlack, shown: Shown) {
    this.slack = slack
    this.shown = shown
    this.hosts = watchHosts(shown.hosts, host => this.tell({ kind: 'host', host }))
    this.unhook = slack.onChange(change => {
      const news = this.newsOf(change)
      if (news) this.tell(news)
    })
  }

  accept(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    this.sockets.handleUpgrade(request, stream, head, socket => {
      socket.on('error', () => socket.terminate())
      this.send(socket, this.hello())
    })
  }

  /** A command that somebody has typed, for their own eyes. */
  noteTyped({ as, channel, text }: Act & { readonly kind: 'type' }): void {
    const message = typedSeen(channel, this.slack.workspace.nextTs(), as, text)
    this.typed.push(message)
    this.tell({ kind: 'message', message })
  }

  stop(): void {
    this.unhook()
    this.hosts.stop()
    for (const socket of this.sockets.clients) socket.terminate()
    this.sockets.close()
  }

  private hello(): FromServer {
    return {
      kind: 'hello',
      workspace: workspaceSeen(this.slack),
      shown: this.shown,
      messages: [...messagesSeen(this.slack), ...this.typed],
      hosts: this.hosts.looks(),
      isBotThere: this.slack.openConnections > 0,
    }
  }

  private newsOf(change: Change): FromServer | undefined {
    switch (change.kind) {
      case 'message posted':
      case 'message changed':
        return { kind: 'message', message: messageSeen(change.message) }
      case 'message deleted':
        return { kind: 'gone', channel: change.message.channel, ts: change.message.ts }
      case 'ephemeral posted':
      case 'ephemeral changed':
        return {
          kind: 'message',
          message: whisperSeen(change.ephemeral, this.slack.workspace.team.botUserId),
        }
      case 'ephemeral deleted':
        return { kind: 'gone', channel: change.ephemeral.channel, ts: change.ephemeral.ts }
      case 'connections changed':
        return { kind: 'bot', isThere: change.open > 0 }
      case 'people changed':
        return this.hello()
      case 'view opened':
      case 'called':
      case 'envelope settled':
        return undefined
    }
  }

  private tell(news: FromServer): void {
    for (const socket of this.sockets.clients) this.send(socket, news)
  }

  private send(socket: WebSocket, news: FromServer): void {
    socket.send(JSON.stringify(news))
  }
}
