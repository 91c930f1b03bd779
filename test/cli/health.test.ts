import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startHealth } from '../../src/cli/health.ts'
import { NotStarted } from '../../src/cli/not-started.ts'

const lines: string[] = []
const log = pino({ level: 'info' }, { write: line => void lines.push(line) })

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('it does not listen')
  return address.port
}

async function health(isWell: () => boolean) {
  const server = await startHealth({ port: 0, isWell, log })
  onTestFinished(() => void server.close())
  return { server, ask: (path: string) => fetch(`http://127.0.0.1:${portOf(server)}${path}`) }
}

describe('the health check', () => {
  it('can be asked as soon as it is started, and says whether Slack is connected', async () => {
    let isWell = false
    const { ask } = await health(() => isWell)
    expect((await ask('/healthz')).status).toBe(503)
    isWell = true
    expect((await ask('/healthz')).status).toBe(200)
    expect((await ask('/')).status).toBe(404)
  })

  it('on a port that is taken keeps the bot from starting, with the port and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const port = portOf(other)
    const refusal: unknown = await startHealth({ port, isWell: () => true, log }).catch(error => error)
    expect(refusal).toBeInstanceOf(NotStarted)
    expect(refusal).toMatchObject({
      exitCode: 78,
      message: `HEALTH_PORT is ${port}, but another program already listens on 127.0.0.1:${port}. Put a free port there, or leave it out to go without a health check, then start again.`,
    })
  })

  it('that meets a fault later is logged, and goes on', async () => {
    const { server, ask } = await health(() => true)
    server.emit('error', new Error('accept EMFILE'))
    expect(lines.join('')).toContain('met a fault; the bot goes on')
    expect((await ask('/healthz')).status).toBe(200)
  })
})
