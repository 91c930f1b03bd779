import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export interface HostKey {
  /** `ssh-ed25519`, … as the key itself says. */
  readonly type: string
  /** The key as it goes over the wire. */
  readonly blob: Buffer
}

/**
 * What a known_hosts file says of one address, read as OpenSSH reads it (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
 * A revoked key is never among `keys`. Lines that make no sense are passed over, and so are certificate authorities:
 * host certificates are not supported, and a CA's key is no host's key.
 */
export function pinnedKeys(
  knownHosts: string,
  address: string,
  port: number,
): { readonly keys: readonly HostKey[]; readonly revoked: readonly Buffer[] } {
  const name = nameOf(address, port)
  const lines = knownHosts.split('\n').flatMap(text => {
    const line = readLine(text)
    return line !== undefined && isFor(line.names, name) ? [line] : []
  })
  const revoked = lines.filter(line => line.marker === '@revoked').map(line => line.key.blob)
  const keys = lines
    .filter(line => line.marker === undefined && !revoked.some(blob => blob.equals(line.key.blob)))
    .map(line => line.key)
  return { keys, revoked }
}

/** `SHA256:…`, as `ssh-keygen -l` and ssh's own questions show it. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/**
 * The file without what pins keys of this address: lines of its own go, out of a list of names only its name does.
 * Revoked keys and authorities stay. `patterns`: lines that fit it by a wildcard, which stay, too, since they are for others as well.
 */
export function withoutPins(
  knownHosts: string,
  address: string,
  port: number,
): { readonly text: string; readonly patterns: readonly string[] } {
  const name = nameOf(address, port)
  const patterns: string[] = []
  const kept = knownHosts.split('\n').flatMap(text => {
    const line = readLine(text)
    if (line === undefined || line.marker !== undefined || !isFor(line.names, name)) return [text]
    const others = line.names.split(',').filter(one => one.toLowerCase() !== name && !one.startsWith('|'))
    if (others.length === 0) return []
    const rest = others.join(',')
    if (isFor(rest, name)) patterns.push(text.trim())
    return [text.replace(line.names, () => rest)]
  })
  return { text: kept.join('\n'), patterns }
}

/** The line that pins a key, without a line end. */
export function knownHostsLine(address: string, port: number, type: string, blob: Buffer): string {
  return `${nameOf(address, port)} ${type} ${blob.toString('base64')}`
}

function nameOf(address: string, port: number): string {
  return port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`
}

interface Line {
  readonly marker: string | undefined
  readonly names: string
  readonly key: HostKey
}

function readLine(text: string): Line | undefined {
  const words = text.trim().split(/[ \t]+/)
  const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined
  const [names, type, base64] = words
  if (names === undefined || names === '' || names.startsWith('#')) return undefined
  if (type === undefined || base64 === undefined) return undefined
  const blob = Buffer.from(base64, 'base64')
  return typeOf(blob) === type ? { marker, names, key: { type, blob } } : undefined
}

function typeOf(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined
  const length = blob.readUInt32BE(0)
  return blob.length > 4 + length ? blob.toString('latin1', 4, 4 + length) : undefined
}

/** One hashed name, or patterns of which one fits and no negated one does. */
function isFor(names: string, name: string): boolean {
  if (names.startsWith('|')) return isHashOf(names, name)
  const patterns = names.toLowerCase().split(',')
  const fits = (pattern: string) => globMatches(pattern, name)
  return patterns.some(fits) && !patterns.some(pattern => pattern.startsWith('!') && fits(pattern.slice(1)))
}

function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt, hash] = hashed.split('|')
  if (version !== '1' || salt === undefined || hash === undefined) return false
  const wanted = Buffer.from(hash, 'base64')
  const found = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return wanted.length === found.length && timingSafeEqual(wanted, found)
}

/** `*` any run, `?` any one character; everything else, brackets too, is itself. */
function globMatches(pattern: string, name: string): boolean {
  let p = 0
  let n = 0
  let star = -1
  let starAt = 0
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++
      starAt = n
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++
      n++
    } else if (star >= 0) {
      // The last `*` takes one character more; earlier ones need no second try.
      p = star + 1
      n = ++starAt
    } else {
      return false
    }
  }
  return /^\**$/.test(pattern.slice(p))
}
