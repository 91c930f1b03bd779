import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { OpenStore } from '../../src/store/store.ts'
import { newDeployment } from '../contract/orders.ts'
import { HOST, order } from '../plan/orders.ts'
import { said } from '../stories/bot.ts'
import { scene } from './scene.ts'

/** A host that takes connections and says nothing; `asked` resolves at the first. */
async function silentHost() {
  const sockets: Socket[] = []
  const server = createServer(socket => void sockets.push(socket))
  const port = await listening(server)
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { host: { ...HOST, address: '127.0.0.1', port }, asked: once(server, 'connection') }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('it does not listen')
  return address.port
}

/** It runs, says the record; but the bot that ran it is dead. */
async function orphan(store: OpenStore, host = HOST): Promise<void> {
  await store.create({ ...newDeployment('d1'), order: order({ hosts: [host] }) })
  await store.claim('d1', 'bot:dead')
}

describe('the bot', () => {
  it('resumes nothing when its health check cannot listen', async () => {
    const other = createServer()
    const healthPort = await listening(other)
    onTestFinished(() => void other.close())
    const { run, records } = await scene(orphan)
    await expect(run({ healthPort })).rejects.toMatchObject({ name: 'NotStarted', exitCode: 78 })
    expect(await records(store => store.find('d1'))).toMatchObject({ status: 'running', resumes: 0 })
  })

  it('answers people while a host that it looks at says nothing, and leaves that to the next start', async () => {
    const { host, asked } = await silentHost()
    const { slack, run, stop, records } = await scene(store => orphan(store, host))
    const code = run({ shutdownMs: 100 })
    await asked
    await slack.waitFor(({ openConnections }) => openConnections > 0, 10_000)
    await slack.command({ user: 'U01ALICE', channel: 'C01GEN', text: 'help' })
    await slack.waitFor(now => now.ephemerals('U01ALICE').length > 0, 10_000)
    stop()
    expect(await code).toBe(0)
    expect((await records(store => store.orphans('bot:next'))).map(({ id }) => id)).toEqual(['d1'])
  })

  it('finishes what it was acting on before it ends', async () => {
    const { slack, run, stop, connected, records } = await scene()
    const code = run()
    await connected()
    const release = slack.faults.hold('users.info')
    await slack.command({ user: 'U01ALICE', channel: 'C01GEN', text: 'status' })
    stop()
    await slack.waitFor(({ openConnections }) => openConnections === 0)
    expect(await records(store => store.unsettled())).toHaveLength(1)
    release()
    expect(await code).toBe(0)
    expect(slack.ephemerals('U01ALICE')).toHaveLength(1)
    expect(await records(store => store.unsettled())).toEqual([])
  })

  it('acts on what another bot had acknowledged and left while this one runs', async () => {
    const { slack, run, stop, connected, records } = await scene()
    const code = run()
    await connected()
    await slack.command({ user: 'U01ALICE', channel: 'C01GEN', text: 'help' })
    await slack.waitFor(now => now.ephemerals('U01ALICE').length > 0, 10_000)
    const left = { ...said('help', 'U02BOB'), channel: 'C01GEN' }
    await records(store => store.accept(left, 'bot:other'))
    await vi.waitUntil(() => records(async store => (await store.unsettled()).length === 0), {
      timeout: 15_000,
      interval: 500,
    })
    stop()
    expect(await code).toBe(0)
    expect(slack.ephemerals('U02BOB')).toHaveLength(1)
  })

  it('waits for that no longer than it may', async () => {
    const { slack, run, stop, connected, records } = await scene()
    const code = run({ shutdownMs: 100 })
    await connected()
    const release = slack.faults.hold('users.info')
    await slack.command({ user: 'U01ALICE', channel: 'C01GEN', text: 'status' })
    stop()
    expect(await code).toBe(0)
    release()
    expect(slack.ephemerals('U01ALICE')).toEqual([])
    expect(await records(store => store.unsettled())).toHaveLength(1)
  })

  it('that Slack does not let in for too long ends with 1, and finishes what it was acting on', async () => {
    const { slack, run, connected, records, logged } = await scene()
    const code = run({ deafLimitMs: 1_000 })
    await connected()
    const release = slack.faults.hold('users.info')
    await slack.command({ user: 'U01ALICE', channel: 'C01GEN', text: 'status' })
    slack.faults.dropConnections()
    await vi.waitUntil(
      () => logged.join('').includes('Slack was not connected for 1.0 s (SLACK_DEAF_LIMIT)'),
      10_000,
    )
    release()
    expect(await code).toBe(1)
    expect(slack.ephemerals('U01ALICE')).toHaveLength(1)
    expect(await records(store => store.unsettled())).toEqual([])
  })

  it('that Slack never let in ends with 1, too', async () => {
    const { slack, run } = await scene()
    slack.faults.serverError('auth.test', { times: Number.POSITIVE_INFINITY })
    expect(await run({ deafLimitMs: 1_000 })).toBe(1)
  })
})
