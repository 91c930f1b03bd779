import ssh2 from 'ssh2'

const RSA_BITS = 2048

/**
 * Whether a private key file's text can enter hosts: unencrypted, and strong enough. The problem ends a sentence
 * that begins with the file's name, "… which holds …", and repeats nothing of the text.
 */
export function checkPrivateKey(text: string): 'ok' | { readonly problem: string } {
  if (isEncrypted(text)) {
    return {
      problem:
        'is protected by a passphrase, which is not supported yet. Give the bot a key of its own: ssh-keygen -t ed25519 -N "" -f touchdown_key',
    }
  }
  const parsed: unknown = ssh2.utils.parseKey(text)
  const key = firstOf(parsed)
  if (key === undefined) {
    return {
      problem: /-----BEGIN PRIVATE KEY-----/.test(text)
        ? 'is a private key in PKCS#8 form, which SSH does not read here. Make one with: ssh-keygen -t ed25519 -N "" -f touchdown_key'
        : 'is not a private key in a form that is known. Make one with: ssh-keygen -t ed25519 -N "" -f touchdown_key',
    }
  }
  if (!key.isPrivateKey()) return { problem: 'holds a public key; name the private one, without .pub.' }
  if (key.type === 'ssh-dss') return { problem: 'holds a DSA key, which SSH servers refuse. Use ed25519.' }
  const bits = key.type === 'ssh-rsa' ? rsaBits(key.getPublicSSH()) : undefined
  if (bits !== undefined && bits < RSA_BITS) {
    return { problem: `holds an RSA key of ${bits} bits; ${RSA_BITS} is the least. Use ed25519.` }
  }
  return 'ok'
}

/** Before parsing, because ssh2's own messages differ from form to form. */
function isEncrypted(text: string): boolean {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED/m.test(text)) return true
  if (/^Encryption: (?!none)/m.test(text)) return true
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]*)/.exec(text)?.[1]
  if (body === undefined) return false
  // "openssh-key-v1\0", then the cipher's name with its length.
  const blob = Buffer.from(body, 'base64')
  return blob.length > 23 && blob.toString('latin1', 19, 23) !== 'none'
}

/** ssh2 gives a list for a file of several keys, and an Error for one it cannot read. */
function firstOf(parsed: unknown): ssh2.ParsedKey | undefined {
  const key: unknown = Array.isArray(parsed) ? parsed[0] : parsed
  return isKey(key) ? key : undefined
}

function isKey(key: unknown): key is ssh2.ParsedKey {
  return typeof key === 'object' && key !== null && !(key instanceof Error) && 'getPublicSSH' in key
}

/** The modulus is the third field of the wire form: type, exponent, modulus. */
function rsaBits(blob: Buffer): number {
  let offset = 0
  let field: Buffer = Buffer.alloc(0)
  for (let index = 0; index < 3; index++) {
    const length = blob.readUInt32BE(offset)
    field = blob.subarray(offset + 4, offset + 4 + length)
    offset += 4 + length
  }
  const digits = field.toString('hex').replace(/^(?:00)+/, '')
  return BigInt(`0x${digits || '0'}`).toString(2).length
}
