const TYPES = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa']

/** What is wrong with a pinned host key, to follow its key in a sentence. `type base64`; a comment after it is fine. */
export function hostKeyProblem(text: string): string | undefined {
  if (text.includes('PRIVATE KEY')) {
    return 'holds a private key. Remove it, replace that key, and write the public one: `ssh-ed25519 AAAA…`.'
  }
  if (/^(?:SHA256|MD5):/.test(text)) {
    return 'must be the whole public key, `ssh-ed25519 AAAA…`, not its fingerprint. `ssh-keyscan <address>` prints it.'
  }
  const [type = '', base64 = ''] = text.trim().split(/\s+/)
  if (!TYPES.includes(type)) {
    return `must begin with the type of the key, one of ${TYPES.join(', ')}, as in /etc/ssh/ssh_host_ed25519_key.pub.`
  }
  const blob = Buffer.from(base64, 'base64')
  const isBase64 = blob.length > 0 && blob.toString('base64') === base64
  return isBase64 && typeOf(blob) === type
    ? undefined
    : `must be a whole key of type ${type}: what follows the type is not one. Was it cut when it was copied?`
}

/** The key's type, which the key itself repeats at its start. */
function typeOf(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined
  const length = blob.readUInt32BE(0)
  return length < 64 && blob.length > 4 + length ? blob.toString('latin1', 4, 4 + length) : undefined
}
