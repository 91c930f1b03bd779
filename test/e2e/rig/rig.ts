import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './command.ts'
import { startEngine } from './engine.ts'
import { type HostState, hostAt, type RigHost } from './host.ts'
import { ensureImage, type Image } from './image.ts'
import { endNamespace, type Namespace, startNamespace } from './namespace.ts'
import { type GitHost, makeRepo, type Repo } from './repo.ts'
import { makeService, type RigService, type ServiceOptions } from './service.ts'
import { cleanSlot, type Slot, takeSlot } from './slot.ts'
import { configureSshd, hostKeyLines, makeKey, signalAll, startSshd } from './sshd.ts'

/** Everything that another process needs to use a rig: plain data. */
export interface RigState {
  readonly hosts: readonly HostState[]
  readonly git: GitHost
  readonly image: Image
  /** `127.0.0.1:5020`, plain HTTP, which engines allow for loopback addresses. */
  readonly registry: string
  /** Private key that every host accepts for deploy. */
  readonly sshKeyFile: string
  /** Private key that the git host accepts. */
  readonly gitKeyFile: string
  /** All hosts and the git host, as a person would have pinned them. */
  readonly knownHostsFile: string
}

export interface Rig extends Omit<RigState, 'hosts'> {
  readonly hosts: readonly RigHost[]
  /** An empty repository on the git host. */
  repo(name: string): Promise<Repo>
  service(name: string, options: ServiceOptions): Promise<RigService>
  /** The git server hangs: it takes connections and says nothing, on old ones neither. */
  freezeGit(): Promise<void>
  thawGit(): Promise<void>
}

/** Names and ports must be new in every test file: services stay until the rig ends. */
export function rigAt(state: RigState): Rig {
  const hosts = state.hosts.map(hostAt)
  return {
    ...state,
    hosts,
    repo: name => makeRepo(state.git, name),
    async service(name, options) {
      return makeService(name, { hosts, ...options }, await makeRepo(state.git, name), state.image)
    },
    freezeGit: () => signalAll(state.git, 'STOP'),
    thawGit: () => signalAll(state.git, 'CONT'),
  }
}

export interface StartedRig extends Rig {
  readonly state: RigState
  stop(): Promise<void>
}

/**
 * Starts real hosts web1…webN (root, Linux), a git host and a registry; about 3 s per host on two cores.
 * They end with `stop()`, and with this process however it ends.
 */
export async function startRig({ hosts: count }: { readonly hosts: number }): Promise<StartedRig> {
  const { slot, held } = await takeSlot()
  const anchors: { kill(): void }[] = []
  const stop = async () => {
    for (const anchor of anchors) anchor.kill()
    await until('hosts ended', async () => cleaned(slot))
    held.close()
  }
  try {
    const state = await startAll(slot, count, anchor => anchors.push(anchor))
    return { ...rigAt(state), state, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startAll(
  slot: Slot,
  count: number,
  started: (anchor: { kill(): void }) => void,
): Promise<RigState> {
  // What a killed run leaves may take a moment to end.
  await until(`${slot.dir} is clean`, async () => cleaned(slot))
  mkdirSync(slot.dir, { recursive: true })
  const keys = join(slot.dir, 'keys')
  mkdirSync(keys)
  await Promise.all(['bot', 'git'].map(name => makeKey(join(keys, name))))
  const numbers = Array.from({ length: count }, (_, index) => index + 1)
  const start = async (dir: string, name: string, role: 'host' | 'git') => {
    const namespace = await startNamespace(dir, name, role)
    started({ kill: () => endNamespace(namespace) })
    return namespace
  }

  const registry = startRegistry(slot, started)
  const git = await startGitHost(slot, keys, start)
  const [, ...hosts] = await Promise.all([
    registry,
    ...numbers.map(number => startHost(slot, number, keys, start)),
  ])
  const [first] = hosts
  if (first === undefined) throw new Error('A rig has at least one host.')
  const knownHostsFile = join(slot.dir, 'known_hosts')
  const lines = [
    ...hosts.flatMap(host => host.hostKeyLines),
    ...hostKeyLines(join(slot.dir, 'git'), git.address),
  ]
  writeFileSync(knownHostsFile, `${lines.join('\n')}\n`)
  return {
    hosts,
    git,
    registry: registryAddress(slot),
    image: await ensureImage(first.namespace, registryAddress(slot)),
    sshKeyFile: join(keys, 'bot'),
    gitKeyFile: join(keys, 'git'),
    knownHostsFile,
  }
}

type Start = (dir: string, name: string, role: 'host' | 'git') => Promise<Namespace>

async function startHost(slot: Slot, number: number, keys: string, start: Start): Promise<HostState> {
  const name = `web${number}`
  const dir = join(slot.dir, name)
  const address = `${slot.net}.${number}`
  const cgroup = `/${slot.cgroup}/${name}`
  await configureSshd(dir, address, [])
  for (const user of ['deploy', 'creator']) {
    const home = join(dir, 'ssh', user)
    mkdirSync(home, { recursive: true })
    copyFileSync(join(keys, 'git'), join(home, 'id_ed25519'))
    writeFileSync(
      join(home, 'known_hosts'),
      `${hostKeyLines(join(slot.dir, 'git'), `${slot.net}.100`).join('\n')}\n`,
    )
  }
  copyFileSync(join(keys, 'bot.pub'), join(dir, 'ssh', 'deploy', 'authorized_keys'))
  if (number === 1) writeFileSync(join(dir, 'sudoers'), 'deploy ALL=(creator) NOPASSWD: ALL\n')
  const namespace = await start(dir, name, 'host')
  await Promise.all([startSshd({ dir, address, namespace }), startEngine({ dir, namespace, cgroup })])
  return { name, address, dir, namespace, cgroup, hostKeyLines: hostKeyLines(dir, address) }
}

async function startGitHost(slot: Slot, keys: string, start: Start): Promise<GitHost> {
  const dir = join(slot.dir, 'git')
  const address = `${slot.net}.100`
  // sshd's default (10:30:100) drops fetches at random once more than ten hosts fetch at the same time.
  await configureSshd(dir, address, ['MaxStartups 200:30:300', 'AcceptEnv GIT_PROTOCOL'])
  mkdirSync(join(dir, 'ssh', 'git'), { recursive: true })
  copyFileSync(join(keys, 'git.pub'), join(dir, 'ssh', 'git', 'authorized_keys'))
  const namespace = await start(dir, 'git', 'git')
  await startSshd({ dir, address, namespace })
  return { address, dir, namespace, repos: join(dir, 'repos') }
}

function registryAddress(slot: Slot): string {
  return `127.0.0.1:${slot.registryPort}`
}

/** Debian's docker-registry; ends with this process. */
async function startRegistry(slot: Slot, started: (anchor: { kill(): void }) => void): Promise<void> {
  const dir = join(slot.dir, 'registry')
  mkdirSync(dir, { recursive: true })
  const config = {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(dir, 'data') }, delete: { enabled: true } },
    http: { addr: registryAddress(slot) },
  }
  writeFileSync(join(dir, 'config.yml'), JSON.stringify(config))
  const log = openSync(join(dir, 'log'), 'w')
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'docker-registry', 'serve', join(dir, 'config.yml')],
    { stdio: ['ignore', log, log], detached: true },
  )
  child.unref()
  started({ kill: () => child.kill('SIGKILL') })
  await until('the registry', async () => {
    const response = await fetch(`http://${registryAddress(slot)}/v2/`).catch(() => undefined)
    return response?.ok || undefined
  })
}

/** Undefined while a process of the rig still ends. */
function cleaned(slot: Slot): true | undefined {
  try {
    cleanSlot(slot)
    return true
  } catch {
    return undefined
  }
}
