import { verbOf } from '../plan/replica.ts'
import { oneLine } from './outside.ts'

export interface Hint {
  /** What is wrong, in a few words of ours: fit for the headline. */
  readonly short: string
  /** What to do: a sentence. May hold a path or name that the output named. */
  readonly remedy: string
}

/** What a known message in a step's output means and what helps, or undefined. `step` keeps an app's own words from being taken for git's. */
export function hintFor(
  output: string,
  at: { readonly host: string; readonly step: string },
): Hint | undefined {
  for (const row of ROWS) {
    const found = row.steps.has(verbOf(at.step)) ? row.is.exec(output) : null
    if (found) return { short: row.short, remedy: row.remedy(at.host, oneLine(found[1] ?? '')) }
  }
  return undefined
}

interface Row {
  readonly steps: ReadonlySet<string>
  readonly is: RegExp
  readonly short: string
  /** `named` is the pattern's group. */
  readonly remedy: (host: string, named: string) => string
}

const NETWORK = new Set(['clone', 'fetch'])
const GIT = new Set([...NETWORK, 'look', 'keep', 'reset', 'put-back'])
const FILES = new Set([...GIT, 'touch', 'mount'])
const PULL = new Set(['pull'])
const SWAP = new Set(['swap'])
const CREATE = new Set(['create'])
const DOCKER = new Set([
  ...['look', 'run', 'start', 'unpause', 'restart', 'mount', 'preflight'],
  ...['reloads', 'inspect', 'logs', 'digest'],
  ...['pull', 'create', 'swap', 'swap-back', 'prune'],
])
const ALL = new Set([...FILES, ...DOCKER, 'connect', 'hold'])

/** The first row that fits is taken: the special ones stand before the general ones. */
const ROWS: readonly Row[] = [
  // The words of swap.sh come first: what follows them are the container's own, which may say anything.
  {
    steps: SWAP,
    is: /the new container ended by itself, with exit code (\d+)/,
    short: 'the new container ended by itself',
    remedy: (_host, code) =>
      `Its exit code was ${code}; what it said last is in the thread. Correct the image or its settings and deploy again.`,
  },
  {
    steps: SWAP,
    is: /the new container ended and was started again/,
    short: 'the new container ends again and again',
    remedy: () => 'What it said last is in the thread. Correct the image or its settings and deploy again.',
  },
  {
    steps: SWAP,
    is: /Docker's health check says that the new container is unhealthy/,
    short: 'the new container is unhealthy',
    remedy: () =>
      'What it said last is in the thread. Correct the image or its HEALTHCHECK and deploy again.',
  },
  {
    steps: SWAP,
    is: /the new container was not healthy within (\d+) s/,
    short: 'the new container did not get healthy in time',
    remedy: (_host, seconds) =>
      `It had ${seconds} s. Give it more (container.healthy in touchdown.yml), or correct the image, and deploy again.`,
  },
  {
    steps: CREATE,
    is: /(port \d+ is taken by [^\n]+)/,
    short: 'a port is taken by something else',
    remedy: (host, what) => `On ${host} ${what}: stop it, or change the port in run, and deploy again.`,
  },
  {
    steps: CREATE,
    is: /was started with --rm/,
    short: 'the old container was started with --rm',
    remedy: host =>
      `It would be gone once it is stopped, and could not be put back. Start it anew on ${host} without --rm, then deploy again.`,
  },
  {
    steps: CREATE,
    is: /(unknown (?:shorthand )?flag: [^\n]+|invalid argument [^\n]+|flag needs an argument: [^\n]+)/,
    short: 'Docker does not take an argument of run',
    remedy: (_host, what) =>
      `It says: ${what}. Correct run in touchdown.yml, restart the bot and deploy again.`,
  },
  {
    steps: ALL,
    is: /No space left on device|Out of diskspace|Disk quota exceeded/,
    short: 'the disk is full',
    remedy: host =>
      `Free some space on ${host} (df -h and docker system df show what takes it) and deploy again.`,
  },
  {
    steps: ALL,
    is: /Read-only file system/,
    short: 'the file system is read-only',
    remedy: host =>
      `A disk that fails is often made read-only: look at dmesg on ${host}, mount it for writing and deploy again.`,
  },
  {
    steps: ALL,
    is: /Cannot allocate memory|out of memory/i,
    short: 'the host is out of memory',
    remedy: host => `Free some memory on ${host} and deploy again.`,
  },
  {
    steps: new Set(['clone']),
    is: /invalid (?:user|group):? (\S+)/,
    short: 'the owner or group of the folder does not exist',
    remedy: (host, name) =>
      `Make ${name} on ${host} (groupadd, useradd), or correct owner and group in touchdown.yml.`,
  },
  {
    steps: new Set(['clone']),
    is: /(\S+) cannot be entered by the user whom git runs as/,
    short: 'what is at the path cannot be seen',
    remedy: (host, folder) =>
      `Let git's user enter ${folder} on ${host} (as root: chmod a+x), or correct path in touchdown.yml, and deploy again.`,
  },
  {
    steps: new Set(['clone']),
    is: /into \/etc\/sudoers\.d\/touchdown: ([^\n]+)/,
    short: 'the folder cannot be made for its owner',
    remedy: (host, rule) =>
      `Let sudo make it: on ${host}, as root, write into /etc/sudoers.d/touchdown: ${rule}`,
  },
  {
    steps: ALL,
    is: /sudo: (?:a password is required|a terminal is required|no tty present)/,
    short: 'sudo asks for a password',
    remedy: host =>
      `Give the SSH user on ${host} a NOPASSWD rule in /etc/sudoers.d for the user that run_as names.`,
  },
  {
    steps: ALL,
    is: /sudo: unknown user:? (\S+)/,
    short: 'the user that run_as names does not exist',
    remedy: (host, user) => `Make the user ${user} on ${host}, or correct run_as in touchdown.yml.`,
  },
  {
    steps: ALL,
    is: /(?:is not allowed to (?:execute|run)|may not run sudo)/,
    short: 'sudo does not allow it',
    remedy: host =>
      `Give the SSH user on ${host} a NOPASSWD rule in /etc/sudoers.d for the user that run_as names.`,
  },
  {
    steps: GIT,
    is: /Unable to create '([^'\n]+\.lock)': File exists/,
    short: 'another git process holds a lock, or one died',
    remedy: (host, path) => `If no git runs on ${host}: rm ${path}, then deploy again.`,
  },
  {
    steps: GIT,
    is: /could not lock config file (\S+): File exists/,
    short: 'another git process holds a lock, or one died',
    remedy: (host, path) => `If no git runs on ${host}: rm ${path}.lock in the checkout, then deploy again.`,
  },
  {
    // git keeps the cause to itself here; a full disk is the usual one.
    steps: GIT,
    is: /failed to write new configuration file (\S+)/,
    short: 'git could not write its configuration',
    remedy: (host, path) =>
      `The disk of ${host} may be full (df -h), or ${path} be in the way. Then deploy again.`,
  },
  {
    steps: GIT,
    is: /cannot lock ref '([^'\n]+)'/,
    short: 'a ref on the host is in the way of a new one',
    remedy: (host, ref) =>
      `In the checkout on ${host}, look at what stands in the way of ${ref} (git for-each-ref), delete it and deploy again.`,
  },
  {
    steps: GIT,
    is: /detected dubious ownership in repository at '([^'\n]+)'/,
    short: 'git refuses a checkout that another user owns',
    remedy: (host, path) =>
      `Set run_as to the user who owns ${path} on ${host}, or give it to the SSH user with chown -R.`,
  },
  {
    steps: GIT,
    is: /object file \S+ is empty|loose object \S+ .*is corrupt|bad object|fatal: packfile .* is corrupt/,
    short: "the checkout's git data is damaged",
    remedy: host =>
      `Move the checkout on ${host} away, deploy again so that it is cloned anew, and restart the container.`,
  },
  {
    steps: NETWORK,
    is: /Permission denied \(publickey/,
    short: "the git server refuses the host's key",
    remedy: host =>
      `Add the public key of ${host} (in ~/.ssh of the user whom git runs as) to the repository as a read-only deploy key.`,
  },
  {
    steps: NETWORK,
    is: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    short: "the git server's host key has changed",
    remedy: host =>
      `If the git server's owner announced a new key, replace the old one in ~/.ssh/known_hosts on ${host}. If not, ask first.`,
  },
  {
    steps: NETWORK,
    is: /Host key verification failed/,
    short: 'the host does not know the git server',
    remedy: host =>
      `Compare the git server's fingerprint with the one that its owner publishes, and add its key to ~/.ssh/known_hosts on ${host}.`,
  },
  {
    steps: NETWORK,
    is: /Could not resolve host(?:name)?:? (\S+?):?(?:\s|$)/,
    short: "the git server's name cannot be resolved",
    remedy: (host, name) => `Check the resolver of ${host} (getent hosts ${name}) and the address in repo.`,
  },
  {
    steps: NETWORK,
    is: /Connection timed out|Operation timed out/,
    short: 'the git server does not answer',
    remedy: host => `Check that ${host} may connect to the git server (firewall, proxy), then deploy again.`,
  },
  {
    steps: NETWORK,
    is: /Connection refused|No route to host|Network is unreachable/,
    short: 'the git server cannot be reached',
    remedy: host => `Check that the git server is up and that ${host} may connect to it, then deploy again.`,
  },
  {
    steps: NETWORK,
    is: /kex_exchange_identification|Connection (?:reset|closed) by|early EOF|unexpected disconnect/,
    short: 'the git server dropped the connection',
    remedy: () => 'It may be busy or restarting: deploy again.',
  },
  {
    steps: NETWORK,
    is: /couldn't find remote ref (?:refs\/heads\/)?(\S+)/,
    short: 'the branch is gone from the git server',
    remedy: (_host, branch) =>
      `Deploy again, or another ref than ${branch}: names are looked up anew each time.`,
  },
  {
    steps: NETWORK,
    is: /does not appear to be a git repository|[Rr]epository not found|repository '[^'\n]*' not found/,
    short: 'the git server shows no such repository',
    remedy: host => `Check repo in touchdown.yml, and that the key of ${host} may read it.`,
  },
  {
    steps: GIT,
    is: /not a git repository/,
    short: 'the path is not a git checkout',
    remedy: host =>
      `Check path in touchdown.yml and what is there on ${host}; an empty folder is cloned into.`,
  },
  {
    steps: DOCKER,
    is: /permission denied while trying to connect to the docker (?:daemon|API)/i,
    short: 'the SSH user may not use Docker',
    remedy: host =>
      `Add the SSH user on ${host} to the group docker (usermod -aG docker) and restart the bot, so that it logs in anew.`,
  },
  {
    steps: DOCKER,
    is: /Cannot connect to the Docker daemon|failed to connect to the docker API/i,
    short: 'Docker does not run',
    remedy: host =>
      `Start it on ${host} (systemctl start docker), look at journalctl -u docker, and deploy again.`,
  },
  {
    steps: DOCKER,
    is: /the look was cut short/,
    short: 'what it has could not be read whole',
    remedy: host => `The disk that holds ~/.touchdown on ${host} may be full (df -h). Then deploy again.`,
  },
  {
    steps: DOCKER,
    is: /Docker did not answer within/,
    short: 'Docker does not answer',
    remedy: host =>
      `It hangs: look at journalctl -u docker on ${host}, restart it (systemctl restart docker) and deploy again.`,
  },
  {
    steps: DOCKER,
    is: /Bind for (\S+) failed: port is already allocated|listen tcp\d? (\S+): bind: address already in use/,
    short: 'a port is taken by something else',
    remedy: host =>
      `Find what holds it on ${host} (docker ps, ss -ltnp), stop it or change the port in run, and deploy again.`,
  },
  {
    steps: DOCKER,
    is: /No such container: (\S+)/,
    short: 'the container is gone',
    remedy: host => `Somebody removed it on ${host} just now: deploy again.`,
  },
  {
    steps: DOCKER,
    is: /container \S+ is (?:not running|paused|restarting)/i,
    short: 'the container does not run',
    remedy: host => `Its logs on ${host} say why (docker logs). Correct that and deploy again.`,
  },
  {
    steps: DOCKER,
    is: /exec: "([^"\n]+)": (?:executable file not found|stat)/,
    short: 'the container has no such program',
    remedy: (_host, program) => `Correct ${program} in touchdown.yml, or add it to the image.`,
  },
  {
    steps: PULL,
    is: /manifest unknown|manifest for (\S+) not found/,
    short: 'the registry does not have the image',
    remedy: (_host, image) =>
      `Push ${image || 'it'} and deploy again, or correct image in touchdown.yml and deploy with --container.`,
  },
  {
    steps: PULL,
    is: /toomanyrequests|429 Too Many Requests/i,
    short: 'the registry allows no more pulls for now',
    remedy: host =>
      `Wait, or give the registry a user (registries in touchdown.yml, or docker login on ${host}), and deploy again.`,
  },
  {
    steps: PULL,
    is: /pull access denied|unauthorized|no basic auth credentials/,
    short: 'the registry refuses the host',
    remedy: host =>
      `Check the image's name, and the registry's user and password (registries in touchdown.yml, or docker login on ${host} as the SSH user).`,
  },
  {
    steps: PULL,
    is: /dial tcp|no such host|i\/o timeout|TLS handshake timeout/,
    short: 'the registry cannot be reached',
    remedy: host => `Check that the registry is up and that ${host} may connect to it, then deploy again.`,
  },
  {
    steps: PULL,
    is: /received unexpected HTTP status|unexpected EOF|EOF$/m,
    short: 'the registry answers with an error',
    remedy: () => 'Look at its log, and deploy again when it is well.',
  },
  {
    steps: FILES,
    is: /Permission denied/,
    short: 'a file may not be written',
    remedy: host =>
      `Make the checkout's folder on ${host} belong to the user whom git runs as (mkdir -p, chown -R), or set run_as to its owner.`,
  },
]
