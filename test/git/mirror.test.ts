import { getEventListeners } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import PQueue from 'p-queue'
import { afterEach, expect, test, vi } from 'vitest'
import { openGit } from '../../src/git/git.ts'
import { openLink } from '../../src/git/link.ts'
import { openMirror } from '../../src/git/mirror.ts'
import type { TypedRef } from '../../src/intent/intent.ts'
import { testFolder } from '../folder.ts'
import { makeOrigin, mirrorsOf, targetOf } from './origin.ts'

const MAIN: TypedRef = { kind: 'any', name: 'main' }

afterEach(() => vi.unstubAllEnvs())

/** A `git` in front of the real one that writes its arguments and the names of its variables down. */
function spiedGit(script = ''): () => string {
  const bin = testFolder('git')
  const log = join(bin, 'log')
  writeFileSync(log, '')
  const real = `PATH='${process.env['PATH']}'`
  writeFileSync(
    join(bin, 'git'),
    `#!/bin/sh\n{ echo "$@"; env; } >>'${log}'\n${script}\n${real} exec git "$@"\n`,
  )
  chmodSync(join(bin, 'git'), 0o755)
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH']}`)
  return () => readFileSync(log, 'utf8')
}

function timesFetched(log: string): number {
  return log.split('\n').filter(line => / (?:fetch|clone) --/.test(line)).length
}

test('the mirror holds branches and tags, nothing that the server has beside them, and forgets what is gone', async () => {
  const origin = makeOrigin()
  origin.commit('one')
  origin.git('branch', 'gone')
  const cacheDirectory = join(testFolder('git'), 'cache')
  const mirrors = await mirrorsOf({ cacheDirectory })
  await mirrors.resolve(targetOf(origin.directory), MAIN)
  origin.git('branch', '-D', 'gone')
  origin.git('tag', 'v1')
  for (const name of ['pull/1/head', 'notes/x', 'replace/y']) origin.git('update-ref', `refs/${name}`, 'HEAD')
  await mirrors.resolve(targetOf(origin.directory), MAIN)
  const [directory = ''] = readdirSync(cacheDirectory)
  const refs = await openGit(new AbortController().signal)(join(cacheDirectory, directory), [
    'for-each-ref',
    '--format=%(refname)',
  ])
  expect(refs).toBe('refs/heads/main\nrefs/tags/v1\n')
})

test('resolves that are asked at once share fetches, and each fetch that answers started after the question', async () => {
  const origin = makeOrigin()
  origin.commit('one')
  const log = spiedGit()
  const mirrors = await mirrorsOf()
  const target = targetOf(origin.directory)
  await mirrors.resolve(target, MAIN)
  const before = timesFetched(log())
  const running = mirrors.resolve(target, MAIN)
  await vi.waitFor(() => expect(timesFetched(log())).toBe(before + 1), { interval: 1 })
  const newer = origin.commit('two')
  const late = await Promise.all(Array.from({ length: 20 }, () => mirrors.resolve(target, MAIN)))
  await running
  expect(late.map(decision => (decision.kind === 'yes' ? decision.value.revision : decision))).toEqual(
    late.map(() => newer),
  )
  expect(timesFetched(log())).toBe(before + 2)
})

test('two processes may make and use one mirror at the same time', async () => {
  const origin = makeOrigin()
  const revision = origin.commit('one')
  const cacheDirectory = join(testFolder('git'), 'cache')
  const all = await Promise.all(Array.from({ length: 4 }, () => mirrorsOf({ cacheDirectory })))
  const target = targetOf(origin.directory)
  for (const decision of await Promise.all(all.map(mirrors => mirrors.resolve(target, MAIN)))) {
    expect(decision).toMatchObject({ value: { revision } })
  }
  expect(readdirSync(cacheDirectory)).toHaveLength(1)
})

test('C20: no hook runs, neither the template’s nor one that lies in the mirror', async () => {
  const origin = makeOrigin()
  origin.commit('one')
  const cacheDirectory = join(testFolder('git'), 'cache')
  const mirrors = await mirrorsOf({ cacheDirectory })
  const target = targetOf(origin.directory)
  await mirrors.resolve(target, MAIN)
  const [name = ''] = readdirSync(cacheDirectory)
  const hooks = join(cacheDirectory, name, 'hooks')
  const canary = join(cacheDirectory, '..', 'canary')
  mkdirSync(hooks, { recursive: true })
  for (const hook of ['reference-transaction', 'post-update', 'pre-auto-gc']) {
    writeFileSync(join(hooks, hook), `#!/bin/sh\necho ran >'${canary}'\n`, { mode: 0o755 })
  }
  const revision = origin.commit('two')
  expect(await mirrors.resolve(target, MAIN)).toMatchObject({ value: { revision } })
  expect(existsSync(canary)).toBe(false)
})

test.each([
  ['a file of it is damaged', (mirror: string) => writeFileSync(join(mirror, 'HEAD'), 'rubbish')],
  ['its objects are gone', (mirror: string) => rmSync(join(mirror, 'objects'), { recursive: true })],
  ['a dead process left a lock', (mirror: string) => writeFileSync(join(mirror, 'refs/heads/main.lock'), '')],
])('a mirror is made anew when %s', async (_, damage) => {
  const origin = makeOrigin()
  origin.commit('one')
  const cacheDirectory = join(testFolder('git'), 'cache')
  const onProblem = vi.fn<(problem: string) => void>()
  const mirrors = await mirrorsOf({ cacheDirectory, onProblem })
  const target = targetOf(origin.directory)
  await mirrors.resolve(target, MAIN)
  const [name = ''] = readdirSync(cacheDirectory)
  damage(join(cacheDirectory, name))
  const revision = origin.commit('two')
  expect(await mirrors.resolve(target, MAIN)).toMatchObject({ value: { revision } })
  expect(onProblem).toHaveBeenCalledWith(expect.stringContaining('is tried again'))
})

test('a cache directory that somebody deletes is made anew', async () => {
  const origin = makeOrigin()
  origin.commit('one')
  const cacheDirectory = join(testFolder('git'), 'above', 'cache')
  const mirrors = await mirrorsOf({ cacheDirectory })
  const target = targetOf(origin.directory)
  await mirrors.resolve(target, MAIN)
  rmSync(join(cacheDirectory, '..'), { recursive: true })
  const revision = origin.commit('two')
  expect(await mirrors.resolve(target, MAIN)).toMatchObject({ value: { revision } })
  expect(statSync(cacheDirectory).mode & 0o777).toBe(0o700)
})

test('a git that cannot even be started leaves no timer and no listener behind', async () => {
  const { signal } = new AbortController()
  const timers = () => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length
  const before = timers()
  await expect(openGit(signal)(join(testFolder('git'), 'gone'), ['version'])).rejects.toThrow(
    'does not exist',
  )
  expect(getEventListeners(signal, 'abort')).toEqual([])
  expect(timers()).toBe(before)
})

test('a network’s mood is tried twice more, then it is told; nothing lasting is tried again', async () => {
  const origin = makeOrigin()
  origin.commit('one')
  const pauses: number[] = []
  const log = spiedGit(`case " $* " in *" clone "*)
    echo "ssh: connect to host https://bob:s3cret@git/ port 22: Connection refused" >&2; exit 128;; esac`)
  const mirrors = await mirrorsOf({ pause: async retry => void pauses.push(retry) })
  expect(await mirrors.resolve(targetOf(origin.directory), MAIN)).toEqual({
    kind: 'refused',
    refusal: {
      reason: 'repo-unreachable',
      service: 'app',
      detail: 'ssh: connect to host https://…@git/ port 22: Connection refused',
    },
  })
  expect(timesFetched(log())).toBe(3)
  expect(pauses).toEqual([1, 2])
  const absent = targetOf(join(origin.directory, 'absent'))
  vi.unstubAllEnvs()
  expect(await mirrors.resolve(absent, MAIN)).toMatchObject({
    refusal: {
      reason: 'repo-unreachable',
      detail: expect.stringContaining('does not exist'),
    },
  })
  expect(pauses).toEqual([1, 2])
})

test('a git that is killed is never taken for one that succeeded', async () => {
  const origin = makeOrigin()
  origin.commit('one')
  spiedGit('case " $* " in *" for-each-ref "*) kill -9 $$;; esac')
  const mirrors = await mirrorsOf()
  expect(await mirrors.resolve(targetOf(origin.directory), MAIN)).toMatchObject({
    refusal: { reason: 'repo-unreachable', detail: 'git ended with exit code null' },
  })
})

test('A4: transports that run programs are not used, even if a configuration names one', async () => {
  const canary = join(testFolder('git'), 'canary')
  const mirrors = await mirrorsOf()
  for (const repo of [`ext::touch ${canary}`, `EXT::touch ${canary}`, `--upload-pack=touch ${canary}`]) {
    expect(await mirrors.resolve(targetOf(repo), MAIN)).toMatchObject({
      refusal: { reason: 'repo-unreachable' },
    })
  }
  expect(existsSync(canary)).toBe(false)
})

test('G8: git is started with none of the bot’s secrets, and with what makes it safe', async () => {
  const origin = makeOrigin()
  origin.commit('one')
  vi.stubEnv('SLACK_BOT_TOKEN', 'xoxb-secret')
  vi.stubEnv('GIT_DIR', '/elsewhere')
  const log = spiedGit()
  const mirrors = await mirrorsOf()
  expect(await mirrors.resolve(targetOf(origin.directory), MAIN)).toMatchObject({ kind: 'yes' })
  expect(log()).not.toMatch(/SLACK|xoxb|GIT_DIR/)
  expect(log()).toMatch(/^GIT_SSH_COMMAND=.*StrictHostKeyChecking=yes.*$/m)
  expect(log()).toContain('GIT_ALLOW_PROTOCOL=ssh:https:file\n')
  expect(log()).toContain('core.hooksPath=/dev/null')
})

test('no more than the width of the queue is fetched at once', async () => {
  const cacheDirectory = testFolder('git')
  const queue = new PQueue({ concurrency: 2 })
  const git = openGit(new AbortController().signal)
  const link = await openLink({ keyFile: undefined, knownHostsFile: '/dev/null' })
  let now = 0
  let most = 0
  const counting: typeof git = async (directory, args, run) => {
    most = Math.max(most, ++now)
    return git(directory, args, run).finally(() => now--)
  }
  const world = {
    git: counting,
    link,
    cacheDirectory,
    queue,
    onProblem: () => undefined,
    pause: async () => undefined,
  }
  const origins = Array.from({ length: 6 }, () => makeOrigin())
  await Promise.all(origins.map(({ directory }) => openMirror(directory, world).update()))
  await link.close()
  expect(most).toBe(2)
})

test('closing stops what runs, and what is asked later is told so', async () => {
  const origin = makeOrigin()
  origin.commit('one')
  const log = spiedGit('case " $* " in *" clone "*) exec sleep 60;; esac')
  const mirrors = await mirrorsOf()
  const running = mirrors.resolve(targetOf(origin.directory), MAIN)
  await vi.waitFor(() => expect(timesFetched(log())).toBe(1), { interval: 5 })
  await mirrors.close()
  const stopped = { refusal: { reason: 'repo-unreachable', detail: 'stopped, because the bot is ending' } }
  expect(await running).toMatchObject(stopped)
  expect(await mirrors.resolve(targetOf(origin.directory), MAIN)).toMatchObject(stopped)
})
