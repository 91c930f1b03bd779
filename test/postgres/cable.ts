import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { Secret } from '../../src/secret.ts'
import type { PostgresPlace } from '../../src/store/postgres.ts'
import { type OpenStore, openSharedStore } from '../../src/store/store.ts'
import { type Database, freshDatabase } from './databases.ts'

/** A cable between a store and the server. */
export interface Cable {
  readonly address: string
  /** Cuts at the next COMMIT: before the server has it, or before its answer is back. Resolves then. `down`: and stays cut. */
  cutAtCommit(moment: 'before' | 'after', then?: 'down'): Promise<void>
  /** Cuts all that is connected, and takes nothing more. */
  cut(): void
  /** All stay connected, and nothing is passed on any more. */
  hush(): void
  mend(): void
  /** A connection that asks to be told what others notify is told nothing, neither then nor later. */
  keepFromListening(): void
  close(): void
}

/** A store on an empty database, at the end of a cable; all is gone after the test. */
export async function cabledStore(): Promise<{ database: Database; cable: Cable; store: OpenStore }> {
  const database = await freshDatabase()
  const { cable, place } = await cabled(database)
  const store = await openSharedStore({ place, newId: () => 'i1' })
  onTestFinished(async () => {
    cable.mend()
    await store.close()
    cable.close()
    await database.remove()
  }, 60_000)
  return { database, cable, store }
}

export async function cabled({ place }: Database): Promise<{ cable: Cable; place: PostgresPlace }> {
  const url = new URL(place.url.reveal())
  const cable = await cableTo(url.host)
  url.host = cable.address
  return { cable, place: { url: new Secret(url.href), shown: 'cable' } }
}

/** `host`: `127.0.0.1:5432`. */
export async function cableTo(host: string): Promise<Cable> {
  const [name = '', port = ''] = host.split(':')
  let armed: { readonly moment: 'before' | 'after'; readonly done: () => void } | undefined
  let isKept = false
  let state: 'up' | 'hushed' | 'down' = 'up'
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    if (state === 'down') {
      near.destroy()
      return
    }
    const far = connect(Number(port), name)
    let isDeaf = false
    let isListener = false
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        near.destroy()
        if (!isDeaf) far.destroy()
      })
    }
    far.on('data', chunk => {
      if (isDeaf) far.destroy()
      else if (state === 'up') near.write(chunk)
    })
    near.on('data', chunk => {
      isListener ||= isKept && chunk.includes('LISTEN ')
      if (state !== 'up' || isListener) return
      if (!armed || !chunk.includes('COMMIT\0')) {
        far.write(chunk)
        return
      }
      const { moment, done } = armed
      armed = undefined
      if (moment === 'after') {
        isDeaf = true
        // It has to arrive: it is cut when it is answered.
        sockets.delete(far)
        far.write(chunk)
      }
      near.destroy()
      done()
    })
  })
  function cut(): void {
    state = 'down'
    for (const socket of sockets) socket.destroy()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const found = server.address()
  if (found === null || typeof found === 'string') throw new Error('It does not listen.')
  return {
    address: `127.0.0.1:${found.port}`,
    cutAtCommit: (moment, then) =>
      new Promise(resolve => {
        const done = () => {
          if (then) cut()
          resolve()
        }
        armed = { moment, done }
      }),
    cut,
    hush() {
      state = 'hushed'
    },
    mend() {
      if (state === 'hushed') for (const socket of sockets) socket.destroy()
      state = 'up'
    },
    keepFromListening() {
      isKept = true
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
