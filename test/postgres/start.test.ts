import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { scene } from '../cli/scene.ts'
import { newDeployment } from '../contract/orders.ts'
import { HOST, order } from '../plan/orders.ts'
import { freshDatabase } from './databases.ts'

it('of two bots on one database the one that is stopped hands over at once: what it runs, and what it was asked', async () => {
  const database = await freshDatabase()
  onTestFinished(() => database.remove())
  const host = await silentHost()
  const { slack, run } = await scene(
    async store => {
      await store.create({ ...newDeployment('d1'), order: order({ hosts: [host] }) })
      await store.claim('d1', 'bot:dead')
      await store.release('bot:dead')
    },
    { kind: 'postgres', ...database.place },
  )
  const d1 = async () =>
    (await database.query("SELECT resumes, owner, lease_until FROM deployments WHERE id = 'd1'"))[0]
  const taken = (resumes: number) =>
    vi.waitUntil(async () => (await d1())?.['resumes'] === resumes, { timeout: 18_000, interval: 100 })
  const [first, second] = [stopper(), stopper()]

  const one = run({ stopped: first.stopped, shutdownMs: 100 })
  await taken(1)
  await slack.waitFor(({ openConnections }) => openConnections === 1, 10_000)
  const release = slack.faults.hold('users.info')
  await slack.command({ user: 'U01ALICE', channel: 'C01GEN', text: 'status' })
  const two = run({ stopped: second.stopped, shutdownMs: 100 })
  await slack.waitFor(({ openConnections }) => openConnections === 2, 10_000)
  const owner = (await d1())?.['owner']

  first.stop()
  expect(await one).toBe(0)
  // Nobody has to wait for a lease.
  const left = await d1()
  expect(Number(left?.['lease_until']) === 0 || left?.['owner'] !== owner).toBe(true)
  release()
  await taken(2)
  await slack.waitFor(now => now.ephemerals('U01ALICE').length > 0, 18_000)
  expect((await d1())?.['owner']).not.toBe(owner)
  second.stop()
  expect(await two).toBe(0)
  expect(slack.ephemerals('U01ALICE')).toHaveLength(1)
})

function stopper(): { readonly stopped: Promise<void>; readonly stop: () => void } {
  let stop = (): void => {}
  const stopped = new Promise<void>(resolve => {
    stop = resolve
  })
  return { stopped, stop }
}

/** A host that takes connections and says nothing. */
async function silentHost() {
  const sockets: Socket[] = []
  const server = createServer(socket => void sockets.push(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('it does not listen')
  return { ...HOST, address: '127.0.0.1', port: address.port }
}
