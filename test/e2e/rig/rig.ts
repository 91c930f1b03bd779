import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './command.ts'
import { type Engine, startEngine } from './engine.ts'
import { type HostState, hostAt, type RigHost } from './host.ts'
import { ensureImage, type Image } from './image.ts'
import { endNamespace, type Namespace, startNamespace } from './namespace.ts'
import { addGateway, connect, removeGateway, type Wire } from './network.ts'
import { type GitHost, makeRepo, type Repo } from './repo.ts'
import { makeService, type RigService, type ServiceOptions } from './service.ts'
import { cleanSlot, type Slot, takeSlot } from './slot.ts'
import { configureSshd, hostKeyLines, makeKey, signalAll, startSshd } from './sshd.ts'

/** Everything that another process needs to use a rig: plain data. */
export interface RigState {
  readonly hosts: readonly HostState[]
  readonly git: GitHost
  readonly image: Image
  /** `127.0.0.1:5020`, plain HTTP, which engines allow for loopback addresses; the machine's own address for hosts with networks. */
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
export async function startRig({ hosts: count, network = 'machine' }: RigOptions): Promise<StartedRig> {
  const { slot: taken, held } = await takeSlot()
  const isOwn = network === 'own'
  const slot = isOwn ? { ...taken, net: taken.ownNet } : taken
  const anchors: { kill(): void }[] = []
  const stop = async () => {
    for (const anchor of anchors) anchor.kill()
    await until('hosts ended', async () => cleaned(slot))
    if (isOwn) await removeGateway(gatewayOf(slot))
    held.close()
  }
  try {
    if (isOwn) await addGateway(gatewayOf(slot))
    const state = await startAll({ slot, network }, count, anchor => anchors.push(anchor))
    return { ...rigAt(state), state, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

interface RigOptions {
  readonly hosts: number
  /** `own`: each host has a network of its own, so that containers publish ports; default: the machine's, which starts sooner. */
  readonly network?: Engine['network']
}

interface Place {
  readonly slot: Slot
  readonly network: Engine['network']
}

async function startAll(
  { slot, network }: Place,
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
  const start: Start = async (dir, name, role, wire) => {
    const namespace = await startNamespace(dir, name, role, wire !== undefined)
    started({ kill: () => endNamespace(namespace) })
    if (wire) await connect(namespace, wire)
    return namespace
  }

  // Hosts with networks of their own reach the machine at one address only.
  const [gitAddress, registryName] =
    network === 'own'
      ? [gatewayOf(slot), `${gatewayOf(slot)}:${slot.registryPort}`]
      : [`${slot.net}.100`, `127.0.0.1:${slot.registryPort}`]
  const registry = startRegistry(join(slot.dir, 'registry'), registryName, started)
  const git = await startGitHost(slot, gitAddress, keys, start)
  const [, ...hosts] = await Promise.all([
    registry,
    ...numbers.map(number => startHost({ slot, network }, number, git, keys, start)),
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
    registry: registryName,
    image: await ensureImage(first.namespace, registryName),
    sshKeyFile: join(keys, 'bot'),
    gitKeyFile: join(keys, 'git'),
    knownHostsFile,
  }
}

type Start = (dir: string, name: string, role: 'host' | 'git', wire?: Wire) => Promise<Namespace>

/** On all of a rig's addresses the only one that belongs to the machine. */
function gatewayOf({ ownNet }: Slot): string {
  return `${ownNet}.254`
}

async function startHost(
  { slot, network }: Place,
  number: number,
  git: GitHost,
  keys: string,
  start: Start,
): Promise<HostState> {
  const name = `web${number}`
  const dir = join(slot.dir, name)
  const address = `${slot.net}.${number}`
  const cgroup = `/${slot.cgroup}/${name}`
  await configureSshd(dir, address, [])
  for (const user of ['deploy', 'creator']) {
    const home = join(dir, 'ssh', user)
    mkdirSync(home, { recursive: true })
    copyFileSync(join(keys, 'git'), join(home, 'id_ed25519'))
    writeFileSync(join(home, 'known_hosts'), `${hostKeyLines(git.dir, git.address).join('\n')}\n`)
  }
  copyFileSync(join(keys, 'bot.pub'), join(dir, 'ssh', 'deploy', 'authorized_keys'))
  if (number === 1) writeFileSync(join(dir, 'sudoers'), 'deploy ALL=(creator) NOPASSWD: ALL\n')
  const wire = { name: `td${slot.registryPort}-${number}`, address, gateway: gatewayOf(slot) }
  const namespace = await start(dir, name, 'host', network === 'own' ? wire : undefined)
  const engine = { dir, namespace, cgroup, network }
  await Promise.all([startSshd({ dir, address, namespace }), startEngine(engine)])
  return { name, address, ...engine, hostKeyLines: hostKeyLines(dir, address) }
}

async function startGitHost(slot: Slot, address: string, keys: string, start: Start): Promise<GitHost> {
  const dir = join(slot.dir, 'git')
  // sshd's default (10:30:100) drops fetches at random once more than ten hosts fetch at the same time.
  await configureSshd(dir, address, ['MaxStartups 200:30:300', 'AcceptEnv GIT_PROTOCOL'])
  mkdirSync(join(dir, 'ssh', 'git'), { recursive: true })
  copyFileSync(join(keys, 'git.pub'), join(dir, 'ssh', 'git', 'authorized_keys'))
  const namespace = await start(dir, 'git', 'git')
  await startSshd({ dir, address, namespace })
  return { address, dir, namespace, repos: join(dir, 'repos') }
}

/** Debian's docker-registry; ends with this process. */
async function startRegistry(
  dir: string,
  address: string,
  started: (anchor: { kill(): void }) => void,
): Promise<void> {
  mkdirSync(dir, { recursive: true })
  const config = {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(dir, 'data') }, delete: { enabled: true } },
    http: { addr: address },
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
    const response = await fetch(`http://${address}/v2/`).catch(() => undefined)
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
