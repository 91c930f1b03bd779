import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import { testFolder } from '../folder.ts'

const SSHD = '/usr/sbin/sshd'

export interface Server {
  /** The URL of a directory on it. */
  url(directory: string): string
  readonly keyFile: string
  readonly knownHostsFile: string
  log(): string
  logins(): number
  /** Connections that were ended properly. */
  logouts(): number
  /** To every process that serves a connection. New connections are answered. */
  signal(signal: NodeJS.Signals): void
}

/** A real OpenSSH server on a free port, for the user who runs the tests; undefined where that cannot be. */
export async function startSshd(): Promise<Server | undefined> {
  if (!existsSync(SSHD) || process.platform !== 'linux') return undefined
  const directory = testFolder('git')
  const file = (name: string) => join(directory, name)
  for (const name of ['host', 'key']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)])
  }
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const port = await freePort()
  const settings = {
    ListenAddress: `127.0.0.1:${port}`,
    HostKey: file('host'),
    AuthorizedKeysFile: file('key.pub'),
    PidFile: 'none',
    StrictModes: 'no',
    UsePAM: 'no',
    PasswordAuthentication: 'no',
  }
  writeFileSync(
    file('config'),
    Object.entries(settings)
      .map(pair => `${pair.join(' ')}\n`)
      .join(''),
  )
  writeFileSync(file('known_hosts'), `[127.0.0.1]:${port} ${readFileSync(file('host.pub'), 'utf8')}`)
  const sshd = spawn(SSHD, ['-D', '-f', file('config'), '-E', file('log')], { stdio: 'ignore' })
  onTestFinished(() => void sshd.kill())
  const log = () => readFileSync(file('log'), 'utf8')
  await vi.waitFor(() => {
    if (!log().includes('Server listening')) throw new Error('sshd does not listen yet')
  })
  const login = ['-F', 'none', '-i', file('key'), '-p', `${port}`, '-o', 'BatchMode=yes']
  const trust = ['-o', `UserKnownHostsFile=${file('known_hosts')}`, '127.0.0.1', 'true']
  if (spawnSync('ssh', [...login, ...trust]).status !== 0) return undefined
  const logins = () => log().split('Accepted publickey').length - 1
  const logouts = () => log().split('Disconnected from user').length - 1
  await vi.waitFor(() => expect(logouts()).toBe(1))
  return {
    url: path => `ssh://${userInfo().username}@127.0.0.1:${port}${path}`,
    keyFile: file('key'),
    knownHostsFile: file('known_hosts'),
    log,
    logins: () => logins() - 1,
    logouts: () => logouts() - 1,
    signal(signal) {
      for (const pid of descendants(sshd.pid)) process.kill(pid, signal)
    },
  }
}

/** All processes below this one. */
function descendants(pid: number | undefined): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number)
  return children.flatMap(child => [child, ...descendants(child)])
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
