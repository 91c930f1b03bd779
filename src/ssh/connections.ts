import { connect as connectSocket, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { NodeSSH } from 'node-ssh'
import PQueue from 'p-queue'
import type { ServerHostKeyAlgorithm } from 'ssh2'
import type { Because } from '../because.ts'
import type { Host } from '../order.ts'
import type { Secret } from '../secret.ts'
import { fingerprint, pinnedKeys } from './known-hosts.ts'

const CONNECT_LIMIT_MS = 10_000
/** Two lost answers and a host counts as gone: 15 s at most until a frozen link is told. */
const KEEPALIVE_MS = 5_000
const IDLE_MS = 15 * 60_000
/** sshd drops beyond ten unauthenticated connections at random; a bot that deploys everywhere at once is no attack. */
const STARTS_AT_ONCE = 30

export interface Identity {
  readonly privateKey: Secret
  /** Read at every connect, so that `touchdown trust` works without a restart. */
  readonly knownHosts: () => Promise<string>
}

export type Connected =
  | { readonly kind: 'connected'; readonly ssh: NodeSSH; readonly isWarm: boolean }
  | { readonly kind: 'closed'; readonly because: Because }

export interface Connections {
  /** A kept connection when there is one, else a new one. */
  to(host: Host): Promise<Connected>
  /** The kept one is not to be used again. */
  forget(host: Host): void
  close(): void
}

/** One connection per host, kept for 15 minutes after its last use. Nothing is sent to a host whose key is not pinned. */
export function openConnections(identity: Identity): Connections {
  const kept = new Map<string, { ssh: NodeSSH; idle: NodeJS.Timeout }>()
  const underway = new Map<string, Promise<Connected>>()
  const starts = new PQueue({ concurrency: STARTS_AT_ONCE })

  function forget(host: Host): void {
    const entry = kept.get(keyOf(host))
    if (!entry) return
    clearTimeout(entry.idle)
    kept.delete(keyOf(host))
    entry.ssh.dispose()
  }

  async function start(host: Host): Promise<Connected> {
    const connected = await starts.add(() => connectTwice(host, identity))
    if (connected.kind === 'connected') {
      const idle = setTimeout(() => forget(host), IDLE_MS)
      idle.unref()
      kept.set(keyOf(host), { ssh: connected.ssh, idle })
      connected.ssh.connection?.once('close', () => {
        if (kept.get(keyOf(host))?.ssh === connected.ssh) forget(host)
      })
    }
    return connected
  }

  return {
    async to(host) {
      const entry = kept.get(keyOf(host))
      if (entry?.ssh.isConnected()) {
        entry.idle.refresh()
        return { kind: 'connected', ssh: entry.ssh, isWarm: true }
      }
      const running = underway.get(keyOf(host))
      if (running) return running
      const connecting = start(host).finally(() => underway.delete(keyOf(host)))
      underway.set(keyOf(host), connecting)
      return connecting
    },
    forget,
    close() {
      for (const { ssh, idle } of kept.values()) {
        clearTimeout(idle)
        ssh.dispose()
      }
      kept.clear()
    },
  }
}

function keyOf(host: Host): string {
  return `${host.user}@${host.address}:${host.port} ${host.hostKeys.join(' ')}`
}

/** Networks hiccup; keys do not: a second try only where nothing was refused. */
async function connectTwice(host: Host, identity: Identity): Promise<Connected> {
  const first = await connectOnce(host, identity)
  if (first.kind === 'connected' || first.because.kind !== 'unreachable') return first
  await sleep(200 + Math.random() * 300)
  return connectOnce(host, identity)
}

async function connectOnce(host: Host, identity: Identity): Promise<Connected> {
  const known = pinsFor(host, await identity.knownHosts())
  let offered: Buffer | undefined
  const ssh = new NodeSSH()
  let sock: Socket
  try {
    sock = await openSocket(host)
  } catch (error) {
    return closed(unreachable(host, error))
  }
  try {
    await ssh.connect({
      // ssh2 1.17 leaves Nagle's algorithm on: 40 ms for every further exec.
      sock,
      username: host.user,
      privateKey: identity.privateKey.reveal(),
      readyTimeout: CONNECT_LIMIT_MS,
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: 2,
      // ssh2 1.17 accepts any key when there is no verifier.
      hostVerifier: (key: Buffer) => {
        offered = key
        return known.pins.some(pin => pin.equals(key)) && !known.revoked.some(pin => pin.equals(key))
      },
      algorithms: { serverHostKey: preferred(known.types) },
    })
  } catch (error) {
    ssh.dispose()
    sock.destroy()
    return closed(refusedBecause(host, error, offered, known))
  }
  // node-ssh 13.2.1 takes its error listener away after connecting; a reset without one would end the process.
  ssh.connection?.on('error', () => ssh.dispose())
  return { kind: 'connected', ssh, isWarm: false }
}

interface Pins {
  readonly pins: readonly Buffer[]
  readonly types: readonly string[]
  readonly revoked: readonly Buffer[]
}

function pinsFor(host: Host, knownHosts: string): Pins {
  const found = pinnedKeys(knownHosts, host.address, host.port)
  const keys =
    host.hostKeys.length > 0
      ? host.hostKeys.map(key => {
          const [type = '', blob = ''] = key.split(/\s+/)
          return { type, blob: Buffer.from(blob, 'base64') }
        })
      : found.keys
  return { pins: keys.map(key => key.blob), types: keys.map(key => key.type), revoked: found.revoked }
}

const ALGORITHMS: readonly { readonly type: string; readonly names: readonly ServerHostKeyAlgorithm[] }[] = [
  { type: 'ssh-ed25519', names: ['ssh-ed25519'] },
  { type: 'ecdsa-sha2-nistp256', names: ['ecdsa-sha2-nistp256'] },
  { type: 'ecdsa-sha2-nistp384', names: ['ecdsa-sha2-nistp384'] },
  { type: 'ecdsa-sha2-nistp521', names: ['ecdsa-sha2-nistp521'] },
  { type: 'ssh-rsa', names: ['rsa-sha2-512', 'rsa-sha2-256'] },
]

/** The pinned types first, as OpenSSH does; the others still, so that a changed key can be named. */
export function preferred(types: readonly string[]): ServerHostKeyAlgorithm[] {
  const isPinned = (entry: { readonly type: string }) => types.includes(entry.type)
  return [...ALGORITHMS.filter(isPinned), ...ALGORITHMS.filter(entry => !isPinned(entry))].flatMap(
    entry => entry.names,
  )
}

function openSocket(host: Host): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host: host.address, port: host.port, noDelay: true })
    const limit = setTimeout(() => {
      socket.destroy()
      reject(new Error(`no answer within ${CONNECT_LIMIT_MS / 1000} s`))
    }, CONNECT_LIMIT_MS)
    socket.once('connect', () => {
      clearTimeout(limit)
      resolve(socket)
    })
    socket.once('error', error => {
      clearTimeout(limit)
      reject(error)
    })
  })
}

function refusedBecause(host: Host, error: unknown, offered: Buffer | undefined, known: Pins): Because {
  const isPinned = offered && known.pins.some(pin => pin.equals(offered))
  if (offered && !isPinned && known.pins.length === 0) {
    return { kind: 'host-key-unknown', offered: fingerprint(offered) }
  }
  if (offered && (!isPinned || known.revoked.some(pin => pin.equals(offered)))) {
    return { kind: 'host-key-changed', offered: fingerprint(offered), pinned: known.pins.map(fingerprint) }
  }
  if (error instanceof Error && 'level' in error && error.level === 'client-authentication') {
    return { kind: 'key-rejected', user: host.user }
  }
  return unreachable(host, error)
}

function unreachable(host: Host, error: unknown): Because {
  const detail = error instanceof Error ? error.message : String(error)
  return { kind: 'unreachable', address: host.address, port: host.port, detail }
}

function closed(because: Because): Connected {
  return { kind: 'closed', because }
}
