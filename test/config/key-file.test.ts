import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkKeyFile } from '../../src/config/key-file.ts'
import { checkPrivateKey } from '../../src/ssh/private-key.ts'

let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'key-file-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function told(file: string | undefined): Promise<string | undefined> {
  const problem = await checkKeyFile('SSH_KEY', file, checkPrivateKey)
  return problem && `${problem.path} ${problem.message}`
}

function written(name: string, text: string, mode = 0o600): string {
  const file = join(directory, name)
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

describe('a key file', () => {
  it('must be named', async () => {
    expect(await told(undefined)).toMatch(/^SSH_KEY is missing; it names the file with the private key/)
  })

  it('must exist', async () => {
    const file = join(directory, 'nowhere')
    expect(await told(file)).toBe(`SSH_KEY names ${file}, which does not exist.`)
  })

  it('must be a file', async () => {
    expect(await told(directory)).toBe(`SSH_KEY names ${directory}, which is not a file.`)
  })

  it.each([0o644, 0o640, 0o604, 0o620])('must be its owner’s alone, not of mode %o', async mode => {
    const file = written('open', 'k', mode)
    expect(await told(file)).toBe(
      `SSH_KEY names ${file}, which others may read or write (mode 0${mode.toString(8)}); only its owner may. Run: chmod 600 ${file}`,
    )
  })

  it.skipIf(process.getuid?.() === 0)('must be readable', async () => {
    expect(await told(written('closed', 'k', 0o000))).toMatch(/which this user may not read\.$/)
  })

  it('must not be larger than keys are', async () => {
    expect(await told(written('large', 'x'.repeat(70_000)))).toMatch(/larger than a private key can be/)
  })

  it('must hold a key, and nothing of it is shown', async () => {
    const problem = await told(written('junk', 'hunter2\n'))
    expect(problem).toMatch(/is not a private key in a form that is known/)
    expect(problem).not.toContain('hunter2')
  })
})

const hasKeygen = spawnSync('ssh-keygen', ['-?']).error === undefined
if (!hasKeygen) console.log('skipped: key files of ssh-keygen (apt-get install openssh-client)')

describe.skipIf(!hasKeygen)('a key of ssh-keygen', () => {
  const made = (name: string, ...options: readonly string[]) => {
    const file = join(directory, name)
    execFileSync('ssh-keygen', ['-q', '-f', file, ...options])
    return file
  }

  it.each<[string, readonly string[]]>([
    ['ed25519', ['-t', 'ed25519', '-N', '']],
    ['ecdsa', ['-t', 'ecdsa', '-N', '']],
    ['rsa of 2048 bits', ['-t', 'rsa', '-b', '2048', '-N', '']],
    ['rsa in PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', '']],
  ])('may be %s', async (name, options) => {
    expect(await told(made(name.replaceAll(' ', '-'), ...options))).toBeUndefined()
  })

  it.each<[string, readonly string[], RegExp]>([
    [
      'encrypted',
      ['-t', 'ed25519', '-N', 'passphrase'],
      /is protected by a passphrase, which is not supported yet/,
    ],
    ['encrypted in PEM', ['-t', 'rsa', '-m', 'PEM', '-N', 'passphrase'], /is protected by a passphrase/],
    ['encrypted in PKCS8', ['-t', 'rsa', '-m', 'PKCS8', '-N', 'passphrase'], /is protected by a passphrase/],
    ['in PKCS8', ['-t', 'ecdsa', '-m', 'PKCS8', '-N', ''], /in PKCS#8 form/],
    [
      'RSA of 1024 bits',
      ['-t', 'rsa', '-b', '1024', '-N', ''],
      /holds an RSA key of 1024 bits; 2048 is the least/,
    ],
  ])('may not be %s', async (name, options, expected) => {
    const file = made(name.replaceAll(' ', '-'), ...options)
    const problem = await told(file)
    expect(problem).toMatch(expected)
    const secret = /^[A-Za-z0-9+/]{40,}$/m.exec(readFileSync(file, 'utf8'))?.[0] ?? ''
    expect(secret.length).toBeGreaterThan(20)
    expect(problem).not.toContain(secret)
  })

  it('may not be the public one', async () => {
    const file = `${made('pair', '-t', 'ed25519', '-N', '')}.pub`
    chmodSync(file, 0o600)
    expect(await told(file)).toMatch(/holds a public key; name the private one, without \.pub\.$/)
  })
})
