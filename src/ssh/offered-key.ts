import { Client } from 'ssh2'
import { preferred } from './connections.ts'
import { fingerprint, knownHostsLine } from './known-hosts.ts'

const LIMIT_MS = 10_000

export interface OfferedKey {
  /** As the host names it: `ssh-ed25519`, … */
  readonly type: string
  readonly blob: Buffer
  readonly fingerprint: string
  /** What a known_hosts file says to pin it. */
  readonly line: string
}

/**
 * The host key that a machine offers, of one of the types given if it can, as a connection to it would see it. Nothing
 * is sent to it but the key exchange: the connection ends before any login. Rejects when there is no key within 10 s.
 */
export function offeredKey(
  address: string,
  port: number,
  pinnedTypes: readonly string[] = [],
): Promise<OfferedKey> {
  return new Promise((resolve, reject) => {
    const client = new Client()
    let offered: OfferedKey | undefined
    const end = (error?: Error) => {
      client.destroy()
      if (offered) resolve(offered)
      else reject(error ?? new Error('the connection closed before a key was offered'))
    }
    client.on('error', end)
    client.on('close', () => end())
    client.connect({
      host: address,
      port,
      username: 'touchdown',
      readyTimeout: LIMIT_MS,
      algorithms: { serverHostKey: preferred(pinnedTypes) },
      // A refused key ends the handshake: no name and no key of ours has been shown by then.
      hostVerifier: (blob: Buffer) => {
        const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1')
        offered = {
          type,
          blob,
          fingerprint: fingerprint(blob),
          line: knownHostsLine(address, port, type, blob),
        }
        return false
      },
    })
  })
}
