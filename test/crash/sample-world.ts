import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import Database from 'libsql'
import { filesOf, SERVICE } from '../../demo/configuration.ts'
import { layGround } from '../../demo/ground.ts'
import { FIRST_TAG } from '../../demo/service/history.ts'
import { makeRepository } from '../../demo/service/repository.ts'
import { startLocalSlack } from '../../demo/slack/server.ts'
import { CHANNELS, ROLES, USERS } from '../../demo/tour/cast.ts'
import { firstDeploy } from '../../demo/world.ts'
import { startProcess } from '../e2e/bot-process.ts'
import { sampleHost, startHosts } from './sample-hosts.ts'
import { environmentOf, type Row, type World } from './world.ts'

const KEEPER = join(import.meta.dirname, '../../dist/demo/keeper.js')

/** On SQLite, with so many of the demo's sample hosts: real shells and git, and a stand-in for Docker. */
export async function startSampleWorld(program: string, hostCount: 1 | 2): Promise<World> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'td-crash-'))
  // Ends what is left and removes the folder, however this process ends.
  const keeper = spawn(process.execPath, [KEEPER, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const { marker, repository, repo, path, publicKey, keyFile, tokens, env } = layGround(folder)
  const slack = await startLocalSlack({
    team: { id: 'T01', name: 'Crash' },
    users: USERS,
    channels: CHANNELS,
    tokens,
  })
  const hosts = await startHosts(folder, publicKey, marker)
  await makeRepository(repository, env, Date.now())
  const used = hosts.slice(0, hostCount)
  await Promise.all(used.map(host => host.run(firstDeploy(repo, path, host.name, FIRST_TAG))))
  const channel = CHANNELS[0]?.id ?? ''
  const own = join(folder, 'bot')
  mkdirSync(own)
  const texts = filesOf({ tokens, hosts, apiUrl: slack.apiUrl, keyFile, repo, path, channel })
  for (const [name, text] of Object.entries(texts)) {
    const fewer = text.replace('hosts: [web1, web2]', `hosts: [${used.map(host => host.name)}]`)
    writeFileSync(join(own, name), fewer, { mode: 0o600 })
  }
  const files = { log: join(folder, 'effects'), at: join(folder, 'point') }
  writeFileSync(files.log, '')
  writeFileSync(files.at, '')
  const ofBot = { ...marker, HOME: env.HOME, XDG_CACHE_HOME: join(folder, 'cache'), LOG_LEVEL: 'info' }
  const bot = await startProcess(slack, own, { ...ofBot, ...environmentOf(files) }, program)
  return {
    slack,
    channel,
    people: { deployer: ROLES.developer, approver: ROLES.approver, guest: ROLES.guest },
    service: SERVICE,
    hosts: used.map(host => sampleHost(host, join(folder, host.name))),
    bot,
    folder: own,
    files,
    answer: 'leave',
    said: [],
    rows: async query => rowsIn(join(own, 'touchdown.db'), query),
    lapse: async () => {},
    async commit() {
      rmSync(join(folder, 'cache'), { recursive: true, force: true })
      await Promise.all(used.map(host => host.run('rm -f .touchdown/targets/*/mount.*')))
      await commitTo(repository, env)
    },
    async stop() {
      await bot.kill('SIGKILL')
      await Promise.all([slack.close(), ...hosts.map(host => host.close())])
      const gone = once(keeper, 'exit')
      keeper.stdin.end()
      await gone
    },
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
