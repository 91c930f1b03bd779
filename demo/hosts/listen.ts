import type { AddressInfo } from 'node:net'

interface Listens {
  listen(port: number, address: string, listening: () => void): unknown
  once(event: 'error', listener: (error: Error) => void): unknown
  address(): AddressInfo | string | null
}

/** The free port of 127.0.0.1 that the server got. */
export function listenAnywhere(server: Listens): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('This machine gave no TCP port.'))
      else resolve(address.port)
    })
  })
}
