import { isIP, isIPv4 } from 'node:net'

/** What names, addresses, paths and URLs may look like. Predicates only; schema.ts has the words. */

/** A host name, an IPv4 or a bare IPv6 address: nothing that ssh or a shell could read as an option. */
export function isAddress(text: string): boolean {
  if (/^[0-9.]+$/.test(text)) return isIPv4(text)
  if (isIP(text) !== 0) return !text.includes('%')
  return (
    text.length <= 253 && /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*$/.test(text)
  )
}

export function isUnixUser(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9._-]{0,31}$/.test(text)
}

export function isContainerName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{1,62}$/.test(text)
}

/** `registry:5000/team/name:tag@sha256:…`; templates must be filled in first. */
export function isImage(text: string): boolean {
  const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
  return new RegExp(
    `^(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?/)?${part}(?:/${part})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
  ).test(text)
}

/** An image without tag and digest. */
export function isRepository(text: string): boolean {
  return isImage(text) && !text.includes('@') && !/:[^/]*$/.test(text)
}

/** A registry as images name it; `docker.io` for images that name none. */
export function isRegistry(text: string): boolean {
  const [, address = '', port = '443'] = /^(.*?)(?::([0-9]{1,5}))?$/.exec(text) ?? []
  return /[.:]|^localhost$/.test(text) && isAddress(address) && Number(port) >= 1 && Number(port) <= 65_535
}

/** A path in a repository, with `*`. */
export function isPathPattern(text: string): boolean {
  return isRelativePath(text.replaceAll('*', 'x'))
}

/** Absolute, normalised, and without the characters that `-v host:container` or a mount option would split at. */
export function isAbsolutePath(text: string): boolean {
  return (
    text.length <= 1024 &&
    /^(?:\/[A-Za-z0-9._@+~=-]+)+$/.test(text) &&
    !text.split('/').some(part => part === '.' || part === '..')
  )
}

const SYSTEM_TREES = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/lib',
  '/lib64',
  '/proc',
  '/sbin',
  '/sys',
  '/usr/bin',
  '/usr/lib',
  '/usr/sbin',
]
const SYSTEM_FOLDERS = new Set([
  '/home',
  '/media',
  '/mnt',
  '/opt',
  '/root',
  '/run',
  '/srv',
  '/tmp',
  '/usr',
  '/usr/local',
  '/usr/share',
  '/usr/src',
  '/var',
  '/var/lib',
  '/var/log',
  '/var/tmp',
])

/** The machine's own, or somebody's home directory as a whole: `git reset --hard` has no business there. */
export function isSystemPath(path: string): boolean {
  return (
    SYSTEM_FOLDERS.has(path) ||
    /^\/home\/[^/]+$/.test(path) ||
    SYSTEM_TREES.some(tree => path === tree || path.startsWith(`${tree}/`))
  )
}

/** Stays below the directory it is relative to, and out of `.git`. */
export function isRelativePath(text: string): boolean {
  return (
    text.length <= 512 &&
    /^[A-Za-z0-9._@+~=/-]+$/.test(text) &&
    !text.startsWith('-') &&
    !text
      .split('/')
      .some(part => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git')
  )
}

/** `30s`, `2m`, `500ms` in milliseconds. */
export function durationMs(text: string): number | undefined {
  const found = /^([0-9]{1,7})(ms|s|m)$/.exec(text)
  if (found === null) return undefined
  return Number(found[1]) * (found[2] === 'm' ? 60_000 : found[2] === 's' ? 1000 : 1)
}

/** A Slack user or user group, or `cli:<unix user>`. */
export function isPerson(text: string): boolean {
  return /^[UWS][A-Z0-9]{2,20}$/.test(text) || (text.startsWith('cli:') && isUnixUser(text.slice(4)))
}

/** One line of text: what a host is sent travels in lines. */
export function isOneLine(text: string): boolean {
  return !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)
}

export function isVariable(text: string): boolean {
  return /^[A-Z_][A-Z0-9_]{0,127}$/.test(text)
}

/** Variables that would change what the container's own programs or git load and run. */
export function isDangerousVariable(text: string): boolean {
  return /^(?:LD_.*|GIT_.*|PATH|BASH_ENV)$/.test(text)
}

/** The bot's own credentials: no service may ask for them by `{ secret: … }`. */
export function isOwnSecret(text: string): boolean {
  return ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'DATABASE_URL', 'SSH_KEY', 'GIT_KEY'].includes(text)
}
