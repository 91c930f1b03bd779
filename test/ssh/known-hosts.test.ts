import { execFileSync, spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fingerprint, knownHostsLine, pinnedKeys, withoutPins } from '../../src/ssh/known-hosts.ts'

const ED25519 = publicKey('ssh-ed25519', 1)
const OTHER = publicKey('ssh-ed25519', 2)
const RSA = publicKey('ssh-rsa', 3)

function publicKey(type: string, seed: number): string {
  const part = (bytes: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  return Buffer.concat([part(Buffer.from(type)), part(Buffer.alloc(32, seed))]).toString('base64')
}

function typesFor(text: string, address: string, port = 22): readonly string[] {
  return pinnedKeys(text, address, port).keys.map(key => key.type)
}

describe('a known_hosts line', () => {
  it.each<[string, string, string, number, boolean]>([
    ['a plain address', '10.0.0.11', '10.0.0.11', 22, true],
    ['another address', '10.0.0.11', '10.0.0.12', 22, false],
    ['an address that only begins alike', '10.0.0.1', '10.0.0.11', 22, false],
    ['a name in capitals', 'Web1.Example.com', 'web1.example.COM', 22, true],
    ['one of a list', 'web1,10.0.0.11', '10.0.0.11', 22, true],
    ['an IPv6 address', '2001:db8::1', '2001:db8::1', 22, true],
    ['another port', '[web1]:2222', 'web1', 2222, true],
    ['a port that the line does not name', '[web1]:2222', 'web1', 22, false],
    ['port 22 alone, asked for another', 'web1', 'web1', 2222, false],
    ['a star', '*.example.com', 'web1.example.com', 22, true],
    ['a star that stands for nothing', 'web*', 'web', 22, true],
    ['a star across too little', '*.example.com', 'example.com', 22, false],
    ['stars that need a second try', '*a*b', 'xaaxbxb', 22, true],
    ['a question mark', 'web?', 'web1', 22, true],
    ['a question mark for nothing', 'web?', 'web', 22, false],
    ['a star with a port', '[*.example.com]:2222', 'web1.example.com', 2222, true],
    ['a negated pattern before', '!web2,web*', 'web2', 22, false],
    ['a negated pattern after', 'web*,!web2', 'web2', 22, false],
    ['a name beside the negated one', 'web*,!web2', 'web1', 22, true],
    ['nothing but a negated pattern', '!web2', 'web1', 22, false],
    ['a hash that is cut', '|1|abc', 'web1', 22, false],
    ['a hash of another version', '|2|YWJj|YWJj', 'web1', 22, false],
  ])('with %s', (_, names, address, port, isFound) => {
    expect(typesFor(`${names} ssh-ed25519 ${ED25519}\n`, address, port)).toEqual(
      isFound ? ['ssh-ed25519'] : [],
    )
  })

  it('may be a comment, empty, indented, ended by CRLF, or junk, and the rest still counts', () => {
    const text = [
      '# web1 ssh-ed25519 AAAA',
      '',
      '   ',
      'web1',
      'web1 ssh-ed25519',
      'web1 ssh-ed25519 not-base64!',
      `web1 ssh-rsa ${ED25519}`,
      'web1 2048 65537 12345678901234567890',
      '\u0000\u0001\u0002',
      `\t web1\tssh-rsa   ${RSA}  root@web1\r`,
      `web1 ssh-ed25519 ${ED25519} a comment of several words`,
    ].join('\n')
    expect(typesFor(text, 'web1')).toEqual(['ssh-rsa', 'ssh-ed25519'])
  })

  it('that revokes a key takes it from the pinned ones wherever it stands', () => {
    const text = `web1 ssh-ed25519 ${ED25519}\nweb1 ssh-ed25519 ${OTHER}\n@revoked * ssh-ed25519 ${ED25519}\n`
    const { keys, revoked } = pinnedKeys(text, 'web1', 22)
    expect(keys.map(key => key.blob.toString('base64'))).toEqual([OTHER])
    expect(revoked.map(blob => blob.toString('base64'))).toEqual([ED25519])
  })

  it('that revokes for another host changes nothing here', () => {
    const text = `web1 ssh-ed25519 ${ED25519}\n@revoked web2 ssh-ed25519 ${ED25519}\n`
    expect(pinnedKeys(text, 'web1', 22)).toMatchObject({ keys: [{ type: 'ssh-ed25519' }], revoked: [] })
  })

  it.each(['@cert-authority', '@unheard-of'])('marked %s pins no host', marker => {
    expect(pinnedKeys(`${marker} * ssh-ed25519 ${ED25519}\n`, 'web1', 22)).toEqual({ keys: [], revoked: [] })
  })

  it('never throws, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, address) => {
        expect(pinnedKeys(text, address, 22).keys).toBeInstanceOf(Array)
      }),
    )
  })
})

const hasKeygen = spawnSync('ssh-keygen', ['-?']).error === undefined
if (!hasKeygen) console.log('skipped: known_hosts against ssh-keygen (apt-get install openssh-client)')

describe.skipIf(!hasKeygen)("beside ssh-keygen's own reading", () => {
  let directory = ''
  const keys = new Map<string, { readonly type: string; readonly blob: Buffer }>()
  const inDirectory = (name: string) => join(directory, name)

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'known-hosts-'))
    for (const kind of ['ed25519', 'ecdsa', 'rsa']) {
      execFileSync('ssh-keygen', ['-q', '-t', kind, '-N', '', '-f', inDirectory(kind)])
      const [type = '', base64 = ''] = readFileSync(inDirectory(`${kind}.pub`), 'utf8').split(' ')
      keys.set(kind, { type, blob: Buffer.from(base64, 'base64') })
    }
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('fingerprints are the same', () => {
    for (const [kind, { blob }] of keys) {
      const shown = execFileSync('ssh-keygen', ['-l', '-f', inDirectory(`${kind}.pub`)], { encoding: 'utf8' })
      expect(shown.split(' ')[1]).toBe(fingerprint(blob))
    }
  })

  it.each<[string, number, string]>([
    ['web1.example.com', 22, 'web1.example.com'],
    ['Web1.Example.com', 2222, '[web1.example.com]:2222'],
    ['10.0.0.11', 22, '10.0.0.11'],
    ['2001:db8::1', 2222, '[2001:db8::1]:2222'],
  ])('a line made for %s port %i is found by both, plain and hashed', (address, port, name) => {
    const file = inDirectory(`known-${port}-${address.replaceAll(':', '_')}`)
    const lines = [...keys.values()].map(({ type, blob }) => knownHostsLine(address, port, type, blob))
    writeFileSync(file, `${lines.join('\n')}\n`)
    const expected = [...keys.values()].map(key => key.type)

    expect(keygenTypes(name, file)).toEqual(expected)
    expect(typesFor(readFileSync(file, 'utf8'), address, port)).toEqual(expected)

    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' })
    const hashed = readFileSync(file, 'utf8')
    expect(hashed).toMatch(/^\|1\|/)
    expect(keygenTypes(name, file)).toEqual(expected)
    expect(typesFor(hashed, address, port)).toEqual(expected)
    expect(typesFor(hashed, 'elsewhere.example.com', port)).toEqual([])
  })

  it.each([
    ['web*,!web2', 'web2'],
    ['web*,!web2', 'web3'],
    ['*.example.com', 'a.example.com'],
    ['w?b,10.0.0.*', '10.0.0.250'],
    ['[web1]:2222', 'web1'],
  ])('patterns %s say the same of %s', (patterns, address) => {
    const file = inDirectory('patterns')
    const { type, blob } = keys.get('ed25519') ?? { type: '', blob: Buffer.alloc(0) }
    writeFileSync(file, `${patterns} ${type} ${blob.toString('base64')}\n`)
    expect(typesFor(readFileSync(file, 'utf8'), address)).toEqual(keygenTypes(address, file))
  })
})

/** The key types that `ssh-keygen -F` finds; it exits with 1 when there is none. */
function keygenTypes(name: string, file: string): readonly string[] {
  const { stdout } = spawnSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.split(' ')[1] ?? '')
}

describe('a file without the pins of an address', () => {
  const key = `ssh-ed25519 ${ED25519}`
  it.each<[string, string, string, number]>([
    ['has lost its line', `web1 ${key}\nweb2 ${key}`, `web2 ${key}`, 0],
    ['has lost only its name in a list', `web0,WEB1,10.0.0.1 ${key} me`, `web0,10.0.0.1 ${key} me`, 0],
    ['keeps another port of it', `[web1]:2222 ${key}`, `[web1]:2222 ${key}`, 0],
    ['keeps what is revoked', `@revoked web1 ${key}`, `@revoked web1 ${key}`, 0],
    ['keeps authorities', `@cert-authority web1 ${key}`, `@cert-authority web1 ${key}`, 0],
    ['keeps comments and what makes no sense', `# web1 ${key}\n\nweb1 x`, `# web1 ${key}\n\nweb1 x`, 0],
    ['keeps a wildcard and names it', `web* ${key}`, `web* ${key}`, 1],
    ['keeps a wildcard beside the name', `web1,web* ${key}`, `web* ${key}`, 1],
  ])('%s', (_what, text, rest, patterns) => {
    const without = withoutPins(text, 'web1', 22)
    expect(without.text).toBe(rest)
    expect(without.patterns).toHaveLength(patterns)
  })

  it('has lost its hashed line', () => {
    const hashed = hashOf('web1')
    expect(withoutPins(`${hashed} ${key}\n${hashOf('web2')} ${key}\n`, 'web1', 22).text).not.toContain(hashed)
  })

  it('pins nothing for it any more, whatever the lines were', () => {
    const name = fc.constantFrom('web1', 'web2', 'WEB1', '10.0.0.1', '[web1]:2222')
    const line = fc.array(name, { minLength: 1, maxLength: 4 }).map(names => `${names.join(',')} ${key}`)
    fc.assert(
      fc.property(fc.array(line), lines => {
        const { text } = withoutPins(lines.join('\n'), 'web1', 22)
        expect(pinnedKeys(text, 'web1', 22).keys).toEqual([])
        expect(pinnedKeys(text, 'web2', 22)).toEqual(pinnedKeys(lines.join('\n'), 'web2', 22))
      }),
    )
  })
})

function hashOf(name: string): string {
  const salt = Buffer.alloc(20, 7)
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}
