import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const TOOLS: readonly (readonly [path: string, debianPackage: string])[] = [
  ['/usr/sbin/dockerd', 'docker.io'],
  ['/usr/bin/docker', 'docker.io'],
  ['/usr/sbin/sshd', 'openssh-server'],
  ['/usr/bin/ssh', 'openssh-client'],
  ['/usr/bin/ssh-keygen', 'openssh-client'],
  ['/usr/bin/git', 'git'],
  ['/usr/bin/docker-registry', 'docker-registry'],
  ['/usr/bin/uwsgi-core', 'uwsgi-core'],
  ['/usr/lib/uwsgi/plugins/python3_plugin.so', 'uwsgi-plugin-python3'],
  ['/usr/bin/python3', 'python3-minimal'],
  ['/usr/bin/pgrep', 'procps'],
  ['/usr/bin/sudo', 'sudo'],
  ['/usr/sbin/haproxy', 'haproxy'],
  ['/usr/bin/socat', 'socat'],
  ['/usr/sbin/iptables', 'iptables'],
  ['/usr/bin/ip', 'iproute2'],
]

/** Why the real hosts cannot be started here, as one sentence with its remedy; undefined when they can. */
export function whatIsMissing(): string | undefined {
  if (process.platform !== 'linux') return 'the real hosts need Linux (they are made of namespaces)'
  const missing = TOOLS.filter(([path]) => !existsSync(path))
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([, name]) => name))].join(' ')
    return `missing: ${missing.map(([path]) => path).join(', ')}. On Debian: apt-get install -y --no-install-recommends ${packages}`
  }
  if (process.getuid?.() !== 0) return 'the real hosts need root: run the tests with sudo'
  const namespaces = spawnSync('unshare', ['-m', '-n', '-u', '-p', '--fork', '--mount-proc', 'true'])
  if (namespaces.status !== 0)
    return `this machine does not let us make namespaces (unshare: ${String(namespaces.stderr).trim()})`
  return undefined
}

/** False: leave the real hosts out, and it has been printed why. With TOUCHDOWN_E2E=required that is an error instead. */
export function requireTools(): boolean {
  const missing = whatIsMissing()
  if (missing === undefined) return true
  if (process.env['TOUCHDOWN_E2E'] === 'required')
    throw new Error(`The real-host tests are required here, but ${missing}`)
  console.warn(`SKIPPED: test/e2e (real OpenSSH, git, Docker and uWSGI on this machine): ${missing}`)
  return false
}
