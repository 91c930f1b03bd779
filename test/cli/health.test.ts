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

const WELL = { isWell: true, text: 'all is well\n' }
const ILL = { isWell: false, text: 'one thing is not\n' }

async function asked(health: () => typeof WELL) {
  const server = await startHealth({ port: 0, health: async () => health(), log })
  onTestFinished(() => void server.close())
  return { server, ask: (path: string) => fetch(`http://127.0.0.1:${portOf(server)}${path}`) }
}

describe('the health check', () => {
  it('can be asked as soon as it is started, and says how the bot is and why', async () => {
    let now = ILL
    const { ask } = await asked(() => now)
    const ill = await ask('/healthz')
    expect([ill.status, await ill.text()]).toEqual([503, ILL.text])
    now = WELL
    const well = await ask('/healthz')
    expect([well.status, await well.text()]).toEqual([200, WELL.text])
    expect((await ask('/')).status).toBe(404)
  })

  it('on a port that is taken keeps the bot from starting, with the port and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const port = portOf(other)
    const refusal: unknown = await startHealth({ port, health: async () => WELL, log }).catch(error => error)
    expect(refusal).toBeInstanceOf(NotStarted)
    expect(refusal).toMatchObject({
      exitCode: 78,
      message: `HEALTH_PORT is ${port}, but another program already listens on 127.0.0.1:${port}. Put a free port there, or leave it out to go without a health check, then start again.`,
    })
  })

  it('that meets a fault later is logged, and goes on', async () => {
    const { server, ask } = await asked(() => WELL)
    server.emit('error', new Error('accept EMFILE'))
    expect(lines.join('')).toContain('met a fault; the bot goes on')
    expect((await ask('/healthz')).status).toBe(200)
  })
})
