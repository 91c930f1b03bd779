import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { type Finished, must, run } from './command.ts'
import { type Engine, signalEngine, startEngine, stopEngine } from './engine.ts'
import { inside, type Namespace, outsidePath } from './namespace.ts'
import { makeHostKeys, type Sshd, signalSessions, silenceSshd, startSshd, stopSshd } from './sshd.ts'

/** What is needed to reach a host that another process started: plain data. */
export interface HostState {
  readonly name: string
  readonly address: string
  readonly dir: string
  readonly namespace: Namespace
  readonly cgroup: string
  readonly network: Engine['network']
  /** As they were when the host was made: what a person would have pinned. */
  readonly hostKeyLines: readonly string[]
}

/** One real host. Whatever a test takes away it gives back before it ends: the next one uses the same host. */
export interface RigHost extends Omit<HostState, 'dir' | 'cgroup' | 'namespace' | 'network'> {
  readonly port: 2222
  readonly user: 'deploy'

  /** As root, with `sh -c`; stdout. Throws when it ends with anything but 0. */
  exec(script: string): Promise<string>
  /** As root; any ending is an answer. */
  probe(script: string): Promise<Finished>
  /** As the SSH user, without SSH. */
  asDeploy(script: string): Promise<string>
  /** The host's file as text; empty when it is not there. */
  read(path: string): string
  /** Lines of the deployments' journal. */
  journal(): readonly string[]
  http(port: number): Promise<HttpAnswer>

  /** The listener and all sessions end; a connection is refused. */
  stop(): Promise<void>
  /** The listener and all sessions end; a connection is neither accepted nor refused, as when packets get lost. */
  fallSilent(): Promise<void>
  /** After either. */
  start(): Promise<void>
  /** Ends the sessions' sshd processes: their sockets close, what they started goes on. Says how many processes there were. */
  cutLinks(): Promise<number>
  /** Sessions stay open and say nothing more; new ones work, unless `listener` says that they hang too. */
  freezeLinks(also?: { readonly listener: boolean }): Promise<number>
  thawLinks(): Promise<number>

  /** Shell text that runs before a program does, on this host only: what it waits for, or other arguments (`set --`). */
  wrap(program: string, before: string): Promise<void>
  unwrap(): Promise<void>

  /** As a rebuilt host: other keys than those pinned. */
  replaceHostKey(): Promise<void>
  restoreHostKey(): Promise<void>
  /** The bot's public key is no longer among the authorised ones. */
  rejectKey(): Promise<void>
  acceptKey(): Promise<void>

  stopDocker(): Promise<void>
  startDocker(): Promise<void>
  /** The engine hangs; containers go on. */
  pauseDocker(): Promise<void>
  resumeDocker(): Promise<void>

  /** Fills the file system of `/srv/small` (services with `disk: 'small'`) or of `/home/deploy` (the session's own files). */
  fillDisk(mount?: '/srv/small' | '/home/deploy'): Promise<void>
  freeDisk(): Promise<void>
}

export interface HttpAnswer {
  readonly status: number
  readonly revision: string | undefined
  readonly body: string
}

export function hostAt(state: HostState): RigHost {
  const { name, address, dir, namespace } = state
  const sshd: Sshd = { dir, address, namespace }
  const engine: Engine = { dir, namespace, cgroup: state.cgroup, network: state.network }
  const asRoot = [...inside(namespace), 'sh', '-c']
  const exec = (script: string) => must([...asRoot, script])
  const restartSshd = async () => {
    await stopSshd(sshd)
    await startSshd(sshd)
  }

  return {
    name,
    address,
    hostKeyLines: state.hostKeyLines,
    port: 2222,
    user: 'deploy',
    exec,
    probe: script => run([...asRoot, script]),
    asDeploy: script =>
      must([
        ...[...inside(namespace), 'runuser', '-u', 'deploy', '--', 'env', 'HOME=/home/deploy'],
        ...['sh', '-c', `cd && ${script}`],
      ]),
    read: path => readOrEmpty(outsidePath(namespace, path)),
    journal: () =>
      readOrEmpty(outsidePath(namespace, '/home/deploy/.touchdown/journal')).split('\n').filter(Boolean),
    http: port => ask(address, port),

    stop: () => stopSshd(sshd),
    fallSilent: () => silenceSshd(sshd),
    start: () => startSshd(sshd),
    cutLinks: () => signalSessions(sshd, 'KILL'),
    async freezeLinks(also) {
      if (also?.listener) await exec('kill -STOP $(cat /run/sshd.pid)')
      return signalSessions(sshd, 'STOP')
    },
    async thawLinks() {
      await exec('kill -CONT $(cat /run/sshd.pid)')
      return signalSessions(sshd, 'CONT')
    },

    async wrap(program, before) {
      // The first folder on a session's PATH, and other programs' none.
      await exec('mountpoint -q /usr/local/bin || mount -t tmpfs -o mode=755,size=1m tmpfs /usr/local/bin')
      const script = `#!/bin/sh\n${before}\nexec /usr/bin/${program} "$@"\n`
      await must(
        [
          ...inside(namespace),
          'sh',
          '-c',
          `cat >"$1.new" && chmod 755 "$1.new" && mv "$1.new" "$1"`,
          'sh',
          `/usr/local/bin/${program}`,
        ],
        { input: script },
      )
    },
    unwrap: () => exec('! mountpoint -q /usr/local/bin || rm -f /usr/local/bin/*').then(() => {}),

    async replaceHostKey() {
      await exec(`[ -d '${dir}/keys.pinned' ] || cp -a '${dir}/keys' '${dir}/keys.pinned'`)
      await makeHostKeys(dir)
      await restartSshd()
    },
    async restoreHostKey() {
      await exec(
        `[ ! -d '${dir}/keys.pinned' ] || { rm -rf '${dir}/keys' && mv '${dir}/keys.pinned' '${dir}/keys'; }`,
      )
      await restartSshd()
    },
    rejectKey: () => exec('mv /home/deploy/.ssh/authorized_keys /home/deploy/.ssh/rejected').then(() => {}),
    acceptKey: () => exec('mv /home/deploy/.ssh/rejected /home/deploy/.ssh/authorized_keys').then(() => {}),

    stopDocker: () => stopEngine(engine),
    startDocker: () => startEngine(engine),
    pauseDocker: () => signalEngine(engine, 'STOP'),
    resumeDocker: () => signalEngine(engine, 'CONT'),

    async fillDisk(mount = '/srv/small') {
      // Once in big blocks and once byte by byte, so that not even a small file fits.
      await run([...asRoot, `cat /dev/zero >${mount}/.full; cat /dev/zero >>${mount}/.full`])
    },
    freeDisk: () => exec('rm -f /srv/small/.full /home/deploy/.full').then(() => {}),
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function ask(address: string, port: number): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: address, port, path: '/', agent: false, timeout: 10_000 }, response => {
      const body: Buffer[] = []
      response.on('data', (bytes: Buffer) => body.push(bytes))
      response.on('error', reject)
      response.on('end', () => {
        const revision = response.headers['x-revision']
        resolve({
          status: response.statusCode ?? 0,
          revision: typeof revision === 'string' ? revision : undefined,
          body: Buffer.concat(body).toString(),
        })
      })
    })
    asked.on('timeout', () => asked.destroy(new Error(`${address}:${port} does not answer within 10 s`)))
    asked.on('error', reject)
    asked.end()
  })
}
