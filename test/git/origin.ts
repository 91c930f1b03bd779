import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Target } from '../../src/config/config.ts'
import { type MirrorsOptions, openMirrors } from '../../src/git/mirrors.ts'
import type { Mirrors } from '../../src/ports/mirrors.ts'
import { type Revision, revisionFrom } from '../../src/revision.ts'
import { testFolder } from '../folder.ts'

/** A real repository that the mirrors under test fetch from, by its path. */
export interface Origin {
  readonly directory: string
  git(...args: readonly string[]): string
  /** A commit on the branch that is checked out. */
  commit(subject: string, files?: Readonly<Record<string, string>>): Revision
  revisionOf(name: string): Revision
}

export function makeOrigin(directory = testFolder('git')): Origin {
  function git(...args: readonly string[]): string {
    return execFileSync('git', ['-C', directory, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: directory, ...AUTHOR },
    }).trim()
  }
  function revisionOf(name: string): Revision {
    const revision = revisionFrom(git('rev-parse', `${name}^{commit}`))
    if (revision === undefined) throw new Error(`${name} is no commit`)
    return revision
  }
  git('init', '-q', '-b', 'main')
  return {
    directory,
    git,
    revisionOf,
    commit(subject, files = {}) {
      for (const [name, text] of Object.entries(files)) {
        execFileSync('mkdir', ['-p', join(directory, name, '..')])
        writeFileSync(join(directory, name), text)
        git('add', '-f', name)
      }
      git('commit', '-q', '--allow-empty', '-m', subject)
      return revisionOf('HEAD')
    },
  }
}

const AUTHOR = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
}

export async function mirrorsOf(options: Partial<MirrorsOptions> = {}): Promise<Mirrors> {
  const mirrors = await openMirrors({
    cacheDirectory: join(testFolder('git'), 'cache'),
    keyFile: undefined,
    knownHostsFile: '/dev/null',
    pause: async () => undefined,
    ...options,
  })
  onTestFinished(() => mirrors.close())
  return mirrors
}

export function targetOf(repo: string, keys: Partial<Target> = {}): Target {
  return {
    service: 'app',
    environment: 'production',
    channel: undefined,
    repo,
    ref: 'main',
    refs: [],
    hosts: [],
    path: '/srv/app',
    groups: [],
    touch: 'uwsgi.ini',
    verify: undefined,
    preflight: undefined,
    runAs: undefined,
    owner: undefined,
    batch: undefined,
    onFailure: 'stop',
    deployers: [],
    approvers: [],
    approval: 'none',
    approvalTimeoutMs: 900_000,
    rebuildOn: [],
    registries: [],
    people: new Map(),
    ...keys,
  }
}
