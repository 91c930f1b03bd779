import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2'
import { newKeyPair } from './key-pair.ts'
import { listenAnywhere } from './listen.ts'

export interface SshHost {
  /** Where a login begins, and its HOME. */
  readonly root: string
  /** All that programs of this host see of the machine's environment. */
  readonly env: NodeJS.ProcessEnv
  readonly user: string
  readonly publicKey: string
  /** Where a connection to this port of the host leads; undefined: nothing listens there. */
  readonly socketBehind: (port: number) => string | undefined
}

export interface Sshd {
  readonly port: number
  /** `ssh-ed25519 AAAA…`, made at start. */
  readonly hostKey: string
  close(): Promise<void>
}

/** An SSH server on 127.0.0.1 that lets one key in, runs commands in a real `sh`, and forwards to the host's own ports. */
export async function startSshd(host: SshHost): Promise<Sshd> {
  const keys = newKeyPair()
  const connections = new Set<Connection>()
  const server = new ssh2.Server({ hostKeys: [keys.private] }, connection => {
    connections.add(connection)
    connection.on('close', () => connections.delete(connection))
    // A client that hangs up in the middle is no reason to fall over.
    connection.on('error', () => {})
    connection.on('authentication', context => {
      if (mayEnter(context, host)) context.accept()
      else context.reject(['publickey'])
    })
    connection.on('ready', () => serve(connection, host))
  })
  const port = await listenAnywhere(server)
  return {
    port,
    hostKey: keys.public.trim().split(' ').slice(0, 2).join(' '),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const connection of connections) connection.end()
      }),
  }
}

function mayEnter(context: AuthContext, { user, publicKey }: SshHost): boolean {
  const allowed = ssh2.utils.parseKey(publicKey)
  if (allowed instanceof Error || context.method !== 'publickey' || context.username !== user) return false
  if (context.key.algo !== allowed.type || !context.key.data.equals(allowed.getPublicSSH())) return false
  // Without a signature the client only asks whether this key would do.
  if (context.signature === undefined || context.blob === undefined) return true
  return allowed.verify(context.blob, context.signature, context.hashAlgo) === true
}

function serve(connection: Connection, host: SshHost): void {
  connection.on('session', accept => {
    accept().on('exec', (acceptExec, _, { command }) => {
      // Of a process group of its own: Ctrl-C in the demo's terminal is not for it.
      const options = { cwd: host.root, env: host.env, detached: true } as const
      join(spawn('sh', ['-c', command], options), acceptExec())
    })
  })
  connection.on('tcpip', (accept, reject, { destPort }) => {
    const path = host.socketBehind(destPort)
    if (path === undefined) return reject()
    const socket = connect(path)
    socket.once('error', () => reject())
    socket.once('connect', () => {
      const channel = accept()
      channel.on('error', () => socket.destroy())
      socket.on('error', () => channel.close())
      socket.pipe(channel).pipe(socket)
    })
  })
}

function join(child: ChildProcess, channel: ServerChannel): void {
  const { stdin, stdout, stderr } = child
  for (const stream of [stdin, channel, channel.stderr]) stream?.on('error', () => {})
  if (stdin) channel.pipe(stdin)
  stdout?.pipe(channel, { end: false })
  stderr?.pipe(channel.stderr, { end: false })
  child.on('close', (code, signal) => {
    if (code === null) channel.exit(signal?.replace(/^SIG/, '') ?? 'KILL', false, '')
    else channel.exit(code)
    channel.end()
  })
  // What an sshd does when the client is gone: the shell reads the end of its input.
  channel.on('close', () => stdin?.end())
}
