import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type TestContext, test, vi } from 'vitest'
import type { TypedRef } from '../../src/intent/intent.ts'
import { testFolder } from '../folder.ts'
import { makeOrigin, mirrorsOf, targetOf } from './origin.ts'
import { type Server, startSshd } from './sshd.ts'

const MAIN: TypedRef = { kind: 'any', name: 'main' }

async function sshdOrSkip({ skip }: TestContext): Promise<Server> {
  const server = await startSshd()
  return server ?? skip('no sshd that this user can log in to (apt-get install openssh-server)')
}

test('one connection is kept for all updates, and ended by closing', async context => {
  const server = await sshdOrSkip(context)
  const mirrors = await mirrorsOf(server)
  const origin = makeOrigin()
  const target = targetOf(server.url(origin.directory))
  for (const subject of ['one', 'two', 'three']) {
    const revision = origin.commit(subject)
    expect(await mirrors.resolve(target, MAIN)).toMatchObject({ value: { revision } })
  }
  expect(server.logins()).toBe(1)
  expect(server.logouts()).toBe(0)
  await mirrors.close()
  await expect.poll(() => server.logouts()).toBe(1)
})

test.for([
  ['was cut', 'SIGKILL'],
  // ssh notices after 10 s without an answer; until then the update waits.
  ['is frozen', 'SIGSTOP'],
] as const)(
  'an update whose kept connection %s succeeds over a fresh one at once',
  { timeout: 40_000 },
  async ([, signal], context) => {
    const server = await sshdOrSkip(context)
    const pause = vi.fn(async () => undefined)
    const mirrors = await mirrorsOf({ ...server, pause })
    const origin = makeOrigin()
    const target = targetOf(server.url(origin.directory))
    origin.commit('one')
    await mirrors.resolve(target, MAIN)
    server.signal(signal)
    const revision = origin.commit('two')
    expect(await mirrors.resolve(target, MAIN)).toMatchObject({ value: { revision } })
    expect(pause).not.toHaveBeenCalled()
    server.signal('SIGKILL')
  },
)

test('G7: a server whose key is not known, or another one, gets no login', async context => {
  const server = await sshdOrSkip(context)
  const origin = makeOrigin()
  origin.commit('one')
  const target = targetOf(server.url(origin.directory))
  const other = await sshdOrSkip(context)
  const changed = join(testFolder('git'), 'known_hosts')
  const [, , key] = /^(\S+) (.*)$/.exec(readFileSync(other.knownHostsFile, 'utf8')) ?? []
  const [name] = readFileSync(server.knownHostsFile, 'utf8').split(' ')
  writeFileSync(changed, `${name} ${key}\n`)
  for (const knownHostsFile of ['/dev/null', changed]) {
    const mirrors = await mirrorsOf({ ...server, knownHostsFile })
    expect(await mirrors.resolve(target, MAIN)).toMatchObject({
      refusal: {
        reason: 'repo-unreachable',
        detail: expect.stringContaining('Host key verification failed'),
      },
    })
  }
  expect(server.logins()).toBe(0)
})

test('a key file and a known_hosts file may have blanks and quotes in their names', async context => {
  const server = await sshdOrSkip(context)
  const odd = join(testFolder('git'), "it's a; $(id) place".replace('$', ''))
  mkdirSync(odd)
  copyFileSync(server.keyFile, join(odd, 'my key'))
  copyFileSync(server.knownHostsFile, join(odd, 'known hosts'))
  const mirrors = await mirrorsOf({
    keyFile: join(odd, 'my key'),
    knownHostsFile: join(odd, 'known hosts'),
    cacheDirectory: join(odd, 'cache'),
  })
  const origin = makeOrigin()
  const revision = origin.commit('one')
  expect(await mirrors.resolve(targetOf(server.url(origin.directory)), MAIN)).toMatchObject({
    value: { revision },
  })
})

test('a path that ssh would read as something else is refused when the mirrors are opened', async () => {
  await expect(mirrorsOf({ keyFile: '/keys/%h' })).rejects.toThrow('ssh cannot be given the file /keys/%h')
})
