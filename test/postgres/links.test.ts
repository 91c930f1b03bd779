import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Secret } from '../../src/secret.ts'
import { type OpenStore, openSharedStore } from '../../src/store/store.ts'
import { newDeployment } from '../contract/orders.ts'
import { type Database, freshDatabase } from './databases.ts'

/** A cable between the store and the server that can be cut at a chosen moment. */
interface Cable {
  readonly address: string
  /** Cuts at the next COMMIT: before the server has it, or before its answer is back. Resolves then. */
  cutAtCommit(moment: 'before' | 'after'): Promise<void>
  close(): void
}

let database: Database
let cable: Cable
let store: OpenStore
beforeEach(async () => {
  database = await freshDatabase()
  const url = new URL(database.place.url.reveal())
  cable = await cableTo(url.host)
  url.host = cable.address
  store = await openSharedStore({
    place: { url: new Secret(url.href), shown: 'cable' },
    newId: () => 'i1',
  })
  await store.create(newDeployment('d1'))
})
afterEach(async () => {
  await store.close()
  cable.close()
  await database.remove()
})

describe('a link that is cut while a write is committed', () => {
  test.each(['before', 'after'] as const)('%s the server has it: it is there once', async moment => {
    const cut = cable.cutAtCommit(moment)
    const done = store.append('d1', { kind: 'cancel-asked', by: 'U02BOB' })
    await cut
    expect(await done).toBe(true)
    expect((await store.events('d1')).map(({ event }) => event)).toEqual([
      { kind: 'cancel-asked', by: 'U02BOB' },
    ])
  })
})

test('whose connections the server ends goes on, and nothing is lost or doubled', async () => {
  let isOver = false
  async function kill(): Promise<void> {
    while (!isOver) {
      await database.query(`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`)
    }
  }
  const killing = kill()
  const fences = Array.from({ length: 60 }, (_, n) => n)
  await Promise.all(fences.map(fence => store.append('d1', { kind: 'started', fence })))
  isOver = true
  await killing
  const told = (await store.events('d1')).map(({ event }) => (event.kind === 'started' ? event.fence : -1))
  expect(told.toSorted((a, b) => a - b)).toEqual(fences)
})

async function cableTo(host: string): Promise<Cable> {
  const [name = '', port = ''] = host.split(':')
  let armed: { readonly moment: 'before' | 'after'; readonly done: () => void } | undefined
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(Number(port), name)
    let isDeaf = false
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        near.destroy()
        if (!isDeaf) far.destroy()
      })
    }
    far.on('data', chunk => {
      if (!isDeaf) near.write(chunk)
      else far.destroy()
    })
    near.on('data', chunk => {
      if (!armed || !chunk.includes('COMMIT\0')) {
        far.write(chunk)
        return
      }
      const { moment, done } = armed
      armed = undefined
      if (moment === 'after') {
        isDeaf = true
        far.write(chunk)
      }
      near.destroy()
      done()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const found = server.address()
  if (found === null || typeof found === 'string') throw new Error('It does not listen.')
  return {
    address: `127.0.0.1:${found.port}`,
    cutAtCommit: moment =>
      new Promise(done => {
        armed = { moment, done }
      }),
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
