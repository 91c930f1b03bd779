import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runTrust } from '../../src/cli/trust.ts'
import type { Host } from '../../src/order.ts'
import { fingerprint, pinnedKeys } from '../../src/ssh/known-hosts.ts'

/** An SSH server with these host keys; it counts who went further than the key exchange. */
const keys = { ed25519: newKey('ed25519'), rsa: newKey('rsa'), other: newKey('ed25519') }
const place = { address: '127.0.0.1', port: 0 }
let logins = 0
const server = new ssh2.Server({ hostKeys: [keys.ed25519.private, keys.rsa.private] }, client => {
  client.on('authentication', context => {
    logins += 1
    context.reject()
  })
  client.on('error', () => {})
})
let folder = ''
let file = ''

beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('the server has no port')
  place.port = address.port
})
afterAll(() => server.close())
beforeEach(() => {
  logins = 0
  folder = mkdtempSync(join(tmpdir(), 'trust-'))
  file = join(folder, 'ssh', 'known_hosts')
  return () => rmSync(folder, { recursive: true })
})

function newKey(type: 'ed25519' | 'rsa') {
  const made =
    type === 'rsa'
      ? ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 })
      : ssh2.utils.generateKeyPairSync('ed25519')
  const [name = '', base64 = ''] = made.public.split(' ')
  return {
    private: made.private,
    line: `${name} ${base64}`,
    fingerprint: fingerprint(Buffer.from(base64, 'base64')),
  }
}

/** Runs it with these answers; questions and texts in the order in which they were shown. */
async function trust(name: string, answers: readonly (string | undefined)[], about: Partial<Host> = {}) {
  const web1: Host = { name: 'web1', ...place, user: 'deploy', hostKeys: [], ...about }
  const shown: string[] = []
  const left = [...answers]
  const code = await runTrust({
    name,
    host: name === 'web1' ? web1 : undefined,
    names: ['web1'],
    knownHostsFile: file,
    ask: async question => {
      shown.push(question)
      if (left.length === 0) throw new Error(`nobody expected to be asked: ${question}`)
      return left.shift()
    },
    print: text => void shown.push(text),
  })
  expect(left).toEqual([])
  expect(logins).toBe(0)
  return { code, shown: shown.join('\n') }
}

const has = (text: string) => {
  mkdirSync(join(folder, 'ssh'), { recursive: true })
  writeFileSync(file, text, { mode: 0o600 })
}
const content = () => readFileSync(file, 'utf8')
const named = () => `[127.0.0.1]:${place.port}`

describe('a host whose key is not pinned', () => {
  it('is pinned after a yes, in a new file that only its owner reads', async () => {
    const { code, shown } = await trust('web1', ['y'])
    expect(code).toBe(0)
    expect(shown).toContain(`web1 (127.0.0.1), port ${place.port}, offers this host key:`)
    expect(shown).toContain(`  ssh-ed25519 ${keys.ed25519.fingerprint}\n`)
    expect(shown).toContain('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')
    expect(content()).toBe(`${named()} ${keys.ed25519.line}\n`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'ssh')).mode & 0o777).toBe(0o700)
  })

  it.each([['n'], [''], ['maybe'], ['yo'], [undefined]])(
    'is not pinned when the answer is %j',
    async answer => {
      const { code, shown } = await trust('web1', [answer])
      expect(code).toBe(1)
      expect(shown).toContain('Nothing was pinned')
      expect(existsSync(file)).toBe(false)
    },
  )

  it('is added on a line of its own when the file has no line end', async () => {
    has(`web9 ${keys.other.line}`)
    await trust('web1', ['yes'])
    expect(content()).toBe(`web9 ${keys.other.line}\n${named()} ${keys.ed25519.line}\n`)
  })

  it('may be given as an address and a port', async () => {
    const { code, shown } = await trust(`127.0.0.1:${place.port}`, ['y'])
    expect(code).toBe(0)
    expect(shown).not.toContain('touchdown check')
    expect(content()).toBe(`${named()} ${keys.ed25519.line}\n`)
  })
})

describe('a host whose key is pinned', () => {
  it('is not pinned twice and nobody is asked', async () => {
    await trust('web1', ['y'])
    const { code, shown } = await trust('web1', [])
    expect(code).toBe(0)
    expect(shown).toContain('pinned already')
    expect(content().trim().split('\n')).toHaveLength(1)
  })

  it('is recognised by its pinned key of another type', async () => {
    has(`${named()} ${keys.rsa.line}\n`)
    const { code, shown } = await trust('web1', [])
    expect(code).toBe(0)
    expect(shown).toContain(keys.rsa.fingerprint)
  })
})

describe('a host that offers another key than the pinned one', () => {
  const asItWas = () => `# mine\nweb9,${named()} ${keys.other.line}\nweb8 ${keys.other.line}\n`

  it('is told loudly with both fingerprints, and replaced after a yes and its name', async () => {
    has(asItWas())
    chmodSync(file, 0o640)
    const { code, shown } = await trust('web1', ['y', 'web1'])
    expect(code).toBe(0)
    expect(shown).toContain('WARNING: web1 OFFERS ANOTHER KEY THAN THE PINNED ONE.')
    expect(shown).toContain(`pinned in ${file}: ssh-ed25519 ${keys.other.fingerprint}`)
    expect(shown).toContain(`offered now: ssh-ed25519 ${keys.ed25519.fingerprint}`)
    expect(content()).toBe(
      `# mine\nweb9 ${keys.other.line}\nweb8 ${keys.other.line}\n${named()} ${keys.ed25519.line}\n`,
    )
    expect(statSync(file).mode & 0o777).toBe(0o640)
    expect(readFileSync(`${file}.old`, 'utf8')).toBe(asItWas())
  })

  it.each([[['n']], [['y', 'y']], [['y', 'web2']], [['y', '']], [['y', undefined]]])(
    'stays as it is after the answers %j',
    async answers => {
      has(asItWas())
      const { code } = await trust('web1', answers)
      expect(code).toBe(1)
      expect(content()).toBe(asItWas())
    },
  )

  it('is left to people when a line with a wildcard pins it', async () => {
    has(`[127.0.0.*]:* ${keys.other.line}\n`)
    const { code, shown } = await trust('web1', [])
    expect(code).toBe(1)
    expect(shown).toContain('lines with wildcards')
    expect(content()).toBe(`[127.0.0.*]:* ${keys.other.line}\n`)
  })

  it('is corrected by hand when touchdown.yml pins it', async () => {
    const { code, shown } = await trust('web1', [], { hostKeys: [keys.other.line] })
    expect(code).toBe(1)
    expect(shown).toContain(`pinned as hosts.web1.host_key: ssh-ed25519 ${keys.other.fingerprint}`)
    expect(shown).toContain(`host_key: ${keys.ed25519.line}`)
    expect(existsSync(file)).toBe(false)
  })
})

it('a key that is revoked is not pinned, whatever is answered', async () => {
  has(`@revoked * ${keys.ed25519.line}\n`)
  const { code, shown } = await trust('web1', [])
  expect(code).toBe(1)
  expect(shown).toContain('@revoked')
  expect(pinnedKeys(content(), place.address, place.port).keys).toEqual([])
})

it('a key that touchdown.yml pins needs no line in the file', async () => {
  const { code, shown } = await trust('web1', [], { hostKeys: [keys.ed25519.line] })
  expect(code).toBe(0)
  expect(shown).toContain('pinned already, in touchdown.yml')
})

it.each([
  ['', 'Name the host: touchdown trust <host>'],
  ['-oProxyCommand=id', 'is neither a host of touchdown.yml nor an address'],
  ['web_1', 'Did you mean web1?'],
  ['127.0.0.1:0', 'is neither'],
  ['127.0.0.1:99999', 'is neither'],
  ['a b', 'is neither'],
])('%j is no host, and nothing is connected to', async (name, text) => {
  const { code, shown } = await trust(name, [])
  expect(code).toBe(2)
  expect(shown).toContain(text)
})

it('a machine that does not answer offers no key', async () => {
  const { code, shown } = await trust('127.0.0.1:1', [])
  expect(code).toBe(1)
  expect(shown).toContain('127.0.0.1 port 1 offered no host key (connect ECONNREFUSED 127.0.0.1:1)')
})

it('a file that cannot be read is named, with the variable that can name another', async () => {
  has('')
  file = join(file, 'below-a-file')
  const { code, shown } = await trust('web1', [])
  expect(code).toBe(1)
  expect(shown).toContain(`${file} could not be read or written (ENOTDIR`)
  expect(shown).toContain('name another file in SSH_KNOWN_HOSTS')
})
