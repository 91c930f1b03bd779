import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { SocketModeClient } from '@slack/socket-mode'
import pino from 'pino'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startSlack } from '../../src/slack/app.ts'
import { watchConnection } from '../../src/slack/connection.ts'
import { quiet, settingsFor } from './telling-world.ts'

const clock = { now: () => Date.now(), monotonic: () => performance.now() }

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('it does not listen')
  return address.port
}

/** Slack's Web API where everything works; the socket's address leads to this port. */
async function slackWithSocketAt(port: number) {
  const calls: string[] = []
  const server = createHttpServer((request, response) => {
    calls.push(request.url ?? '')
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ok: true, url: `ws://127.0.0.1:${port}/link/?ticket=very-secret` }))
  })
  const apiPort = await listening(server)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { settings: settingsFor(`http://127.0.0.1:${apiPort}/api/`), calls }
}

function logged() {
  const lines: string[] = []
  return { lines, log: pino({ level: 'warn' }, { write: line => void lines.push(line) }) }
}

const hearing = { accept: async () => true, act: () => {} }

describe('a WebSocket that cannot be opened', () => {
  it('is told with its host and what to check, and never with its ticket', async () => {
    const nobody = createServer()
    const port = await listening(nobody)
    nobody.close()
    const { settings } = await slackWithSocketAt(port)
    const { lines, log } = logged()
    const giveUp = new AbortController()
    const starting = startSlack({ slack: settings, onCommand: hearing, clock, log, signal: giveUp.signal })
    const outcome = expect(starting).rejects.toThrow('aborted')
    await vi.waitFor(() => expect(lines.join('')).toContain("Slack's WebSocket cannot be opened"), 5_000)
    giveUp.abort()
    await outcome
    expect(lines.join('')).toContain(`cannot be opened at 127.0.0.1:${port}: `)
    expect(lines.join('')).toContain('Check that this machine may open WebSockets')
    expect(lines.join('')).not.toContain('very-secret')
  })

  it('does not keep the bot from stopping', async () => {
    const silent = createServer()
    const port = await listening(silent)
    onTestFinished(() => void silent.close())
    const { settings } = await slackWithSocketAt(port)
    const giveUp = new AbortController()
    const starting = startSlack({
      slack: settings,
      onCommand: hearing,
      clock,
      log: quiet,
      signal: giveUp.signal,
    })
    const outcome = expect(starting).rejects.toMatchObject({ name: 'AbortError' })
    const [socket] = await once(silent, 'connection')
    giveUp.abort()
    await outcome
    socket.destroy()
  })
})

describe('while the client opens a socket', () => {
  afterEach(() => void vi.useRealTimers())

  function watched() {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] })
    const client = new SocketModeClient({ appToken: 'xapp-test', autoReconnectEnabled: false })
    const { lines, log } = logged()
    watchConnection(client, clock, log)
    client.emit('authenticated', { ok: true, url: 'wss://wss-primary.slack.com/link/?ticket=very-secret' })
    client.emit('connecting')
    return { client, told: () => lines.filter(line => line.includes('cannot be opened')) }
  }

  it('ten seconds of silence are told', () => {
    const { told } = watched()
    vi.advanceTimersByTime(9_999)
    expect(told()).toEqual([])
    vi.advanceTimersByTime(1)
    expect(told()).toEqual([
      expect.stringContaining('at wss-primary.slack.com: no answer within 10 s. No command can be heard'),
    ])
  })

  it('one that opens is not told', () => {
    const { client, told } = watched()
    client.emit('connected')
    client.emit('close')
    vi.advanceTimersByTime(60_000)
    expect(told()).toEqual([])
  })

  it('one that is closed again and again is told once a minute', () => {
    const { client, told } = watched()
    for (let attempt = 0; attempt < 13; attempt += 1) {
      client.emit('connecting')
      client.emit('close')
      vi.advanceTimersByTime(5_000)
    }
    expect(told()).toHaveLength(2)
    expect(told()[0]).toContain('it was closed at once')
  })
})
