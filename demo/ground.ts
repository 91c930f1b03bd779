import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newTokens, SERVICE } from './configuration.ts'
import { newKeyPair } from './hosts/key-pair.ts'
import { MARKER } from './marker.ts'

/** What sample hosts and their bot stand on, all of it below the folder. */
export function layGround(folder: string) {
  const marker = { [MARKER]: folder }
  const repository = join(folder, `${SERVICE}.git`)
  // The hosts share this machine's files and yet have each their own /srv: the link leads to below the working directory.
  symlinkSync('/proc/self/cwd/srv', join(folder, 'srv'))
  const key = newKeyPair()
  const keyFile = join(folder, 'key')
  writeFileSync(keyFile, key.private, { mode: 0o600 })
  const home = join(folder, 'home')
  mkdirSync(home)
  return {
    marker,
    repository,
    // As a URL: of a bare path, git would copy all commits at once, and no deploy would have to fetch.
    repo: `file://${repository}`,
    path: join(folder, 'srv', SERVICE),
    publicKey: key.public,
    keyFile,
    tokens: newTokens(),
    env: { ...marker, HOME: home, PATH: process.env['PATH'] },
  }
}
