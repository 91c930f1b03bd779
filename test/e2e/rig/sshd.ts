import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { must, run, until } from './command.ts'
import { inside, type Namespace, outsidePath } from './namespace.ts'

/** A real OpenSSH server with Debian's limits, on its own address at port 2222. */
export interface Sshd {
  readonly dir: string
  readonly address: string
  readonly namespace: Namespace
}

export const SSH_PORT = 2222
const KEY_TYPES = ['ed25519', 'ecdsa', 'rsa'] as const

/** Writes keys and configuration; extra lines of sshd_config go to the end. */
export async function configureSshd(dir: string, address: string, extra: readonly string[]): Promise<void> {
  await makeHostKeys(dir)
  const lines = [
    `Port ${SSH_PORT}`,
    `ListenAddress ${address}`,
    ...KEY_TYPES.map(type => `HostKey ${join(dir, 'keys', type)}`),
    'PidFile /run/sshd.pid',
    'UsePAM yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'AuthorizedKeysFile .ssh/authorized_keys',
    'PrintMotd no',
    'AcceptEnv LANG LC_*',
    'Subsystem sftp /usr/lib/openssh/sftp-server',
    ...extra,
  ]
  writeFileSync(join(dir, 'sshd_config'), `${lines.join('\n')}\n`)
}

/** New keys in place of any that are there; a running server keeps the old ones until it is started again. */
export async function makeHostKeys(dir: string): Promise<void> {
  const keys = join(dir, 'keys')
  await must(['rm', '-rf', keys])
  mkdirSync(keys, { recursive: true })
  await Promise.all(KEY_TYPES.map(type => makeKey(join(keys, type), type)))
}

export async function makeKey(file: string, type: (typeof KEY_TYPES)[number] = 'ed25519'): Promise<void> {
  const bits = type === 'rsa' ? ['-b', '2048'] : []
  await must(['ssh-keygen', '-q', '-t', type, ...bits, '-N', '', '-C', 'touchdown-e2e', '-f', file])
}

/** Lines of a known_hosts file: one per key. */
export function hostKeyLines(dir: string, address: string): readonly string[] {
  const files = readdirSync(join(dir, 'keys')).filter(name => name.endsWith('.pub'))
  return files.map(name => {
    const [type, key] = readFileSync(join(dir, 'keys', name), 'utf8').split(' ')
    return `[${address}]:${SSH_PORT} ${type} ${key}`
  })
}

export async function startSshd({ dir, address, namespace }: Sshd): Promise<void> {
  await must([...inside(namespace), 'sh', '-c', END_SILENCE])
  await must([
    ...[...inside(namespace), '/usr/sbin/sshd'],
    ...['-f', join(dir, 'sshd_config'), '-E', join(dir, 'sshd.log')],
  ])
  await until(`sshd on ${address}`, async () => (await connects(address)) || undefined)
}

/** Ends the listener and every session, as when the machine goes down: a new connection is refused. */
export async function stopSshd(sshd: Sshd): Promise<void> {
  // The listener first, or whoever is cut off comes back at once.
  await run([...inside(sshd.namespace), 'sh', '-c', 'kill -9 $(cat /run/sshd.pid)'])
  await signalSessions(sshd, 'KILL')
  await run([...inside(sshd.namespace), 'rm', '-f', '/run/sshd.pid'])
  await until(`no sshd on ${sshd.address}`, async () => !(await connects(sshd.address)) || undefined)
}

/** A listener that accepts nothing and whose queue is full: the kernel drops whatever comes, as if the packets were lost. */
const SILENT = `
import os, signal, socket, sys
address = (sys.argv[1], ${SSH_PORT})
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(address)
listener.listen(0)
queued = socket.create_connection(address)
with open('/run/silent.pid', 'w') as file: print(os.getpid(), file=file)
signal.pause()
`

const END_SILENCE = `[ ! -e /run/silent.pid ] || {
  pid=$(cat /run/silent.pid) && kill "$pid" && timeout 5 tail -s 0.05 -f /dev/null --pid="$pid" && rm /run/silent.pid
}`

/** In the place of the server, until it starts again: a connection is neither accepted nor refused. */
export async function silenceSshd(sshd: Sshd): Promise<void> {
  await stopSshd(sshd)
  const { address, namespace } = sshd
  const script = 'rm -f /run/silent.pid; setsid /usr/bin/python3 -c "$1" "$2" >/dev/null 2>&1 </dev/null &'
  await must([...inside(namespace), 'sh', '-c', script, 'sh', SILENT, address])
  const pid = outsidePath(namespace, '/run/silent.pid')
  await until(`silence on ${address}`, async () => existsSync(pid) || undefined)
}

/** To every sshd process but the listener; commands that the sessions started live on. Says how many there were. */
export async function signalSessions(sshd: Sshd, signal: 'KILL' | 'STOP' | 'CONT'): Promise<number> {
  const script = `
    count=0
    for pid in $(pgrep -x 'sshd|sshd-session'); do
      [ "$pid" = "$(cat /run/sshd.pid)" ] || { kill -s "$1" "$pid" 2>/dev/null && count=$((count + 1)); }
    done
    echo $count`
  return Number(await must([...inside(sshd.namespace), 'sh', '-c', script, 'sh', signal]))
}

/** To the listener and every session: the machine hangs. */
export async function signalAll(sshd: Sshd, signal: 'STOP' | 'CONT'): Promise<void> {
  await must([...inside(sshd.namespace), 'sh', '-c', 'kill -s "$1" "$(cat /run/sshd.pid)"', 'sh', signal])
  await signalSessions(sshd, signal)
}

function connects(address: string): Promise<boolean> {
  const socket = connect(SSH_PORT, address)
  return new Promise(resolve => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  }).then(answer => {
    socket.destroy()
    return answer === true
  })
}
