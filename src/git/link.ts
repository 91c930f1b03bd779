import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { quote } from '../ssh/quote.ts'

/** How git reaches its servers by ssh: the keys, and connections that are kept between two updates. */
export interface Link {
  /** A value for GIT_SSH_COMMAND. Kept: over the server's open connection, or one that then stays open. */
  command(repo: string, way: 'kept' | 'fresh'): string
  isKept(repo: string): boolean
  /** Ends the server's kept connection, which misbehaved; the next update opens another. */
  drop(repo: string): Promise<void>
  close(): Promise<void>
}

export interface LinkOptions {
  readonly keyFile: string | undefined
  readonly knownHostsFile: string
}

/**
 * A fresh ssh connection costs 200 ms and more, a kept one 15 to 20. Each process has a directory of its own for its
 * control sockets (0700), so a command in a terminal never ends the connections of the bot beside it.
 */
export async function openLink(options: LinkOptions): Promise<Link> {
  const base = baseCommand(options)
  const sockets = await mkdtemp(join(socketParent(), 'td-'))

  function socketOf(repo: string): string {
    return join(sockets, createHash('sha256').update(serverOf(repo)).digest('hex').slice(0, 16))
  }

  async function end(socket: string): Promise<void> {
    // The name of the host is not used: ssh only writes into the socket.
    await promisify(execFile)('ssh', ['-O', 'exit', '-o', `ControlPath=${socket}`, 'kept'], {
      timeout: 2_000,
    }).catch(() => undefined)
    await rm(socket, { force: true })
  }

  return {
    command: (repo, way) => `${base} ${words(way === 'kept' ? keptOptions(socketOf(repo)) : FRESH)}`,
    isKept: repo => existsSync(socketOf(repo)),
    drop: repo => end(socketOf(repo)),
    async close() {
      const names = await readdir(sockets).catch(() => [])
      await Promise.all(names.map(name => end(join(sockets, name))))
      await rm(sockets, { recursive: true, force: true })
    },
  }
}

const FRESH = ['ControlMaster=no', 'ControlPath=none']

function keptOptions(socket: string): readonly string[] {
  return ['ControlMaster=auto', 'ControlPersist=15m', `ControlPath=${socket}`]
}

function baseCommand({ keyFile, knownHostsFile }: LinkOptions): string {
  const key = keyFile === undefined ? [] : [`IdentityFile=${sshPath(keyFile)}`, 'IdentitiesOnly=yes']
  const options = words([
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${sshPath(knownHostsFile)}`,
    'UpdateHostKeys=no',
    ...key,
    'ConnectTimeout=8',
    // A connection that the network forgot is noticed after 10 s, also while it is kept and idle.
    'ServerAliveInterval=5',
    'ServerAliveCountMax=2',
    'ClearAllForwardings=yes',
    'PermitLocalCommand=no',
    'ForwardAgent=no',
    'LogLevel=ERROR',
  ])
  return `ssh -T -x ${options}`
}

/** git hands GIT_SSH_COMMAND to sh: constants of ours and paths from .env, quoted like everything for a shell. */
function words(options: readonly string[]): string {
  return options.map(option => `-o ${quote(option)}`).join(' ')
}

/** ssh expands `%`, `$` and `~`, and splits at blanks: blanks can be quoted, the others have no use in a file's name. */
function sshPath(path: string): string {
  if (/["\\%$\r\n]/.test(path)) {
    throw new Error(`ssh cannot be given the file ${path}: rename it, without " \\ % $ and line breaks.`)
  }
  return `"${path}"`
}

/** A socket's address may have 104 bytes (macOS; Linux 108), and ssh appends 17 to it while it binds. */
function socketParent(): string {
  const room = 104 - '/td-XXXXXX/'.length - 16 - 17 - 1
  return Buffer.byteLength(tmpdir()) <= room && !/[\s"\\%$]/.test(tmpdir()) ? tmpdir() : '/tmp'
}

/** The part of a repository's URL that says which server and user; repositories of one server share a connection. */
function serverOf(repo: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)\//i.exec(repo)
  return scheme?.[1] ?? repo.split(':')[0] ?? repo
}
