import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import Database from 'libsql'
import { filesOf, IMAGE, MOUNT, newTokens, SERVICE } from '../../demo/configuration.ts'
import type { SampleHost } from '../../demo/hosts/host.ts'
import { newKeyPair } from '../../demo/hosts/key-pair.ts'
import { MARKER } from '../../demo/marker.ts'
import { FIRST_TAG } from '../../demo/service/history.ts'
import { makeRepository } from '../../demo/service/repository.ts'
import { startLocalSlack } from '../../demo/slack/server.ts'
import { CHANNELS, ROLES, USERS } from '../../demo/tour/cast.ts'
import { startProcess } from '../e2e/bot-process.ts'
import { environmentOf, type Host, type Row, type World } from './world.ts'

const built = join(import.meta.dirname, '../../dist/demo')

/** On SQLite, with so many of the demo's sample hosts: real shells and git, and a stand-in for Docker. */
export async function startSampleWorld(preload: string, hostCount: 1 | 2): Promise<World> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'td-crash-'))
  // Ends what is left and removes the folder, however this process ends.
  const keeper = spawn(process.execPath, [join(built, 'keeper.js'), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const marker = { [MARKER]: folder }
  const env = { ...marker, HOME: join(folder, 'home'), PATH: process.env['PATH'] }
  mkdirSync(env.HOME)
  const repository = join(folder, `${SERVICE}.git`)
  const repo = `file://${repository}`
  symlinkSync('/proc/self/cwd/srv', join(folder, 'srv'))
  const path = join(folder, 'srv', SERVICE)
  const key = newKeyPair()
  const keyFile = join(folder, 'key')
  writeFileSync(keyFile, key.private, { mode: 0o600 })
  const tokens = newTokens()
  const startHost = await builtStartHost()
  const [slack, ...hosts] = await Promise.all([
    startLocalSlack({ team: { id: 'T01', name: 'Crash' }, users: USERS, channels: CHANNELS, tokens }),
    ...['web1', 'web2', 'stage1'].map(name => startHost(name, join(folder, name), key.public, marker)),
    makeRepository(repository, env, Date.now()),
  ]).then(all => all.slice(0, -1) as [Awaited<ReturnType<typeof startLocalSlack>>, ...SampleHost[]])
  const used = hosts.slice(0, hostCount)
  await Promise.all(used.map(host => host.run(firstDeploy(repo, path, host.name))))
  const channel = CHANNELS[0]?.id ?? ''
  const bot = join(folder, 'bot')
  mkdirSync(bot)
  const texts = filesOf({ tokens, hosts, apiUrl: slack.apiUrl, keyFile, repo, path, channel })
  for (const [name, text] of Object.entries(texts)) {
    const own = text.replace('hosts: [web1, web2]', `hosts: [${used.map(host => host.name)}]`)
    writeFileSync(join(bot, name), own, { mode: 0o600 })
  }
  const files = { log: join(folder, 'effects'), at: join(folder, 'point') }
  writeFileSync(files.log, '')
  writeFileSync(files.at, '')
  const process_ = await startProcess(slack, bot, {
    ...{ ...marker, HOME: env.HOME, XDG_CACHE_HOME: join(folder, 'cache'), LOG_LEVEL: 'info' },
    ...environmentOf(files, preload),
  })
  return {
    slack,
    channel,
    people: { deployer: ROLES.developer, approver: ROLES.approver, guest: ROLES.guest },
    service: SERVICE,
    hosts: used.map(host => sampleHost(host, join(folder, host.name))),
    bot: process_,
    folder: bot,
    files,
    said: [],
    rows: async query => rowsIn(join(bot, 'touchdown.db'), query),
    lapse: async () => {},
    async commit() {
      rmSync(join(folder, 'cache'), { recursive: true, force: true })
      await Promise.all(used.map(host => host.run('rm -f .touchdown/targets/*/mount.*')))
      await commitTo(repository, env)
    },
    async stop() {
      await process_.kill('SIGKILL')
      await Promise.all([slack.close(), ...hosts.map(host => host.close())])
      const gone = once(keeper, 'exit')
      keeper.stdin.end()
      await gone
    },
  }
}

/** As JavaScript: hosts start programs that lie beside it. */
async function builtStartHost(): Promise<typeof import('../../demo/hosts/host.ts')['startHost']> {
  const module = await import(pathToFileURL(join(built, 'hosts/host.js')).href)
  return module.startHost
}

/** What stood on a host before Touchdown came. */
function firstDeploy(repo: string, path: string, host: string): string {
  return `
    git -c advice.detachedHead=false clone -q --single-branch --branch ${FIRST_TAG} '${repo}' '${path}'
    git -C '${path}' rev-parse HEAD >'${path}/REVISION'
    echo /REVISION >>'${path}/.git/info/exclude'
    docker pull ${IMAGE} >/dev/null
    docker run -d --name ${SERVICE} --restart unless-stopped -P -e HOST_NAME=${host} -v '${path}:${MOUNT}' ${IMAGE} >/dev/null`
}

function sampleHost({ name, url }: SampleHost, root: string): Host {
  return {
    name,
    journal: async () => linesIn(join(root, '.touchdown/journal')),
    serves: async () => (await fetch(url)).headers.get('x-revision') ?? undefined,
  }
}

function linesIn(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

function rowsIn(file: string, query: string): readonly Row[] {
  const database = new Database(`${pathToFileURL(file).href}?mode=ro`, { timeout: 5_000 })
  try {
    return database.prepare(query).all([]) as Row[]
  } finally {
    database.close()
  }
}

/** With the same files: only the revision is another one. */
async function commitTo(repository: string, env: NodeJS.ProcessEnv): Promise<void> {
  const as = ['-c', 'user.name=Ada Example', '-c', 'user.email=ada@example.com', '-C', repository]
  const git = async (...words: readonly string[]) =>
    (await promisify(execFile)('git', [...as, ...words], { env })).stdout.trim()
  const made = await git('commit-tree', '-p', 'main', '-m', 'Go on', 'main^{tree}')
  await git('update-ref', 'refs/heads/main', made)
}
