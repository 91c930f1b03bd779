import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { publishedSocket } from '../../../demo/hosts/containers.ts'
import { readContainers } from '../../../src/plan/facts.ts'
import { compile } from '../../compile.ts'

/** The `see` of swap.sh, as it stands there. */
const SEEN = /^SEEN='([^']*)'/m.exec(readFileSync('src/ssh/swap.sh', 'utf8'))?.[1] ?? ''
const IMAGE = 'registry.example.com/demo/app:stable'
const PORT = 8123

const SERVER = `
  import { readFileSync } from 'node:fs'
  import { createServer } from 'node:http'
  const words = readFileSync('words', 'utf8')
  if (words === 'broken') throw new Error('it is broken')
  createServer((_, response) => response.writeHead(200, { words, name: process.env.NAME ?? 'none' }).end()).listen(process.env.PORT)
`

let compiled: string
let root: string
let app: string

beforeAll(() => {
  const folder = join(import.meta.dirname, '../../../demo/hosts')
  compiled = compile([join(folder, 'docker.ts'), join(folder, 'container.ts')])
})
afterAll(() => rmSync(compiled, { recursive: true, force: true }))

// The containers' processes read /proc, and the demo needs Linux anyway.
describe.skipIf(process.platform !== 'linux')("the demo's stand-in for docker", () => {
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'td-docker-'))
    app = join(root, 'srv/app')
    mkdirSync(app, { recursive: true })
    writeFileSync(join(app, 'server.js'), SERVER)
    writeFileSync(join(app, 'package.json'), '{ "type": "module" }')
    says('one')
    return () => {
      for (const name of docker('ps', '-aq').stdout.split('\n').filter(Boolean)) docker('rm', '-f', name)
      rmSync(root, { recursive: true, force: true })
    }
  })

  it('runs what a folder holds, under a name, with labels and variables', async () => {
    run('app', '--label', 'touchdown.deployment=d1', '-e', 'NAME=web1')
    expect(await answer()).toMatchObject({ words: 'one', name: 'web1' })
    const [id = ''] = ids()
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    expect(
      readContainers(docker('inspect', '--type', 'container', 'app', 'other').stdout).get('app'),
    ).toMatchObject({
      id,
      state: 'running',
      image: IMAGE,
      ports: new Map([[8000, PORT]]),
    })
    expect(seen('app')).toBe(`seen: ${id} /app running 0 health: no:0 false net:bridge 0 for:d1`)
    expect(seen(id)).toBe(seen('app'))
  })

  it('loads the code again when the reload file gets a later time, without an answer missed, and counts that', async () => {
    run('app')
    await answer()
    const counted = () =>
      docker('exec', 'app', 'sh', '-c', 'cat /proc/[0-9]*/environ').stdout.replaceAll('\0', '')
    expect(counted()).toBe('')
    says('two')
    expect(await answer()).toMatchObject({ words: 'one' })
    touch()
    await until(async () => (await ask())['words'] === 'two')
    expect(counted()).toBe('UWSGI_RELOADS=0')
    expect(docker('exec', 'app', 'sh', '-c', 'cat /proc/[0-9]*/comm').stdout).toMatch(/^uwsgi/)
  })

  it('ends with code that does not start, and keeps its last words', async () => {
    run('app')
    await answer()
    says('broken')
    touch()
    await until(() => Promise.resolve(seen('app').includes(' exited ')))
    expect(seen('app')).toContain(' net:bridge 1 for:')
    expect(docker('logs', '--tail', '30', 'app').stdout).toContain('it is broken')
    expect(publishedSocket(root)).toBeUndefined()
  })

  it('stops, starts, renames and removes, and two never have one name or the published port', async () => {
    run('app')
    await answer()
    expect(create('app')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Conflict. The container name "/app"'),
    })
    expect(create('next').status).toBe(0)
    expect(docker('start', 'next')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('already allocated'),
    })
    expect(docker('rename', 'next', 'app')).toMatchObject({ status: 1 })
    expect(docker('rename', 'app', 'before').status).toBe(0)
    expect(docker('rename', 'next', 'app').status).toBe(0)
    expect(docker('update', '--restart=no', 'before').status).toBe(0)
    expect(docker('stop', '-t', '5', 'before').status).toBe(0)
    expect(seen('before')).toContain(' exited 0 ')
    expect(docker('start', 'app').status).toBe(0)
    await answer()
    expect(docker('rm', 'app')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('container is running'),
    })
    expect(docker('rm', '-f', 'app').status).toBe(0)
    expect(docker('inspect', '--type', 'container', 'app')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('No such container'),
    })
    expect(ids()).toHaveLength(1)
  })

  it('runs commands in the mounted folder, and none in a container that does not run', () => {
    run('app')
    expect(docker('exec', '-w', '/app', 'app', 'cat', '/app/words', 'words').stdout).toBe('oneone')
    expect(docker('exec', 'app', 'false').status).toBe(1)
    expect(docker('exec', 'app', 'no-such-program').status).toBe(127)
    docker('kill', 'app')
    expect(docker('exec', 'app', 'true')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('not running'),
    })
  })

  it('has an image once it was pulled: by name, digest and id', () => {
    expect(docker('image', 'inspect', IMAGE)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('No such image'),
    })
    docker('pull', '-q', IMAGE)
    const [{ Id, RepoDigests }] = JSON.parse(docker('image', 'inspect', IMAGE).stdout)
    expect(RepoDigests).toEqual([`registry.example.com/demo/app@${Id}`])
    for (const name of [Id, RepoDigests[0]]) expect(docker('image', 'inspect', name).status).toBe(0)
  })

  it.each([
    [['create', '-p', '80:8000', IMAGE], 'unknown option'],
    [['create', '-P', IMAGE], 'exactly one mounted folder'],
    [['build', '.'], 'cannot do: docker build'],
  ])('refuses what it cannot do: docker %j', (words, why) => {
    const { status, stderr } = docker(...words)
    expect([status, stderr]).toEqual([125, expect.stringContaining(why)])
  })
})

function docker(...words: readonly string[]): SpawnSyncReturns<string> {
  const program = join(compiled, 'demo/hosts/docker.js')
  return spawnSync(process.execPath, [program, root, String(PORT), ...words], { cwd: root, encoding: 'utf8' })
}

function create(name: string, ...words: readonly string[]): SpawnSyncReturns<string> {
  return docker('create', '--pull', 'never', '--name', name, '-P', '-v', `${app}:/app`, ...words, IMAGE)
}

function run(name: string, ...words: readonly string[]): void {
  const created = create(name, ...words)
  expect(created.stderr).toBe('')
  expect(docker('start', name).status).toBe(0)
}

function seen(name: string): string {
  return docker('inspect', '--type', 'container', '--format', SEEN, name).stdout.trim()
}

function ids(): readonly string[] {
  return docker('ps', '-aq', '--no-trunc').stdout.split('\n').filter(Boolean)
}

function says(words: string): void {
  writeFileSync(join(app, 'words'), words)
}

function touch(): void {
  const later = Date.now() / 1000 + 5
  writeFileSync(join(app, '.reload'), '')
  utimesSync(join(app, '.reload'), later, later)
}

/** The headers of the container's answer, as soon as there is one. */
async function answer(): Promise<IncomingHttpHeaders & { readonly words?: string }> {
  let headers: IncomingHttpHeaders | undefined
  await until(async () => {
    headers = await ask().catch(() => undefined)
    return headers !== undefined
  })
  return headers ?? {}
}

function ask(): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    const socketPath = publishedSocket(root)
    if (socketPath === undefined) return reject(new Error('nothing runs'))
    request({ socketPath, agent: false }, response => resolve(response.resume().headers))
      .on('error', reject)
      .end()
  })
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(30)
}
