import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PASSWORD, type PostgresServer, startPostgres, urlOf } from '../postgres/server.ts'
import { startBot, type TestBot } from './bot.ts'
import { breaches, journalsFromNow } from './journal.ts'
import { journaled } from './journaled.ts'
import { rowsOf } from './postgres-rows.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'
import { touchdown } from './terminal.ts'

const rig = sharedRig()
const [web1, web2] = rig.hosts
if (!web1 || !web2) throw new Error('the rig has fewer than two hosts')
const journals = journalsFromNow(rig.hosts)

let server: PostgresServer
let app: RigService
let bot: TestBot
const outputs: string[] = []

beforeAll(async () => {
  server = await startPostgres()
  app = await rig.service('p-app', { hosts: [web1, web2], port: 8898 })
  const preflight = ['sh', '-c', 'sleep 3; cat /app/planted.txt 2>&-; test ! -e /app/planted.txt']
  bot = await startBot({
    rig,
    services: [app],
    changes: { 'p-app': { preflight } },
    databaseUrl: urlOf(server.address, 'postgres'),
  })
})
afterAll(async () => {
  await bot?.stop()
  await server?.stop()
})

it('a bot on PostgreSQL that is killed in mid-deploy goes on after its restart', async () => {
  const revision = await app.recolour('red')
  const since = web2.journal().length
  await bot.say('p-app')
  await journaled(web2, since, 'p-app', 'preflight', 'start')
  await bot.kill('SIGKILL')
  await bot.restart()
  const thread = await bot.ended(1)
  expect(thread.parent).toContain('p-app succeeded')
  expect(thread.broadcasts).toHaveLength(1)
  expect(thread.text).toContain('taken up again: the bot or terminal that ran it ended, or was not heard of')
  for (const host of [web1, web2]) await app.serves(host, revision)
  expect(breaches(journals())).toEqual([])
  expect(await rowsOf(server, 'SELECT status, resumes FROM deployments')).toEqual([
    { status: 'succeeded', resumes: 1 },
  ])
})

it('a terminal works beside the bot', async () => {
  const history = await touchdown(['history'], { cwd: bot.folder })
  outputs.push(history.stdout, history.stderr)
  expect(history.stdout).toContain('p-app')
  const audit = await touchdown(['audit', '--export', 'jsonl'], { cwd: bot.folder })
  outputs.push(audit.stdout, audit.stderr)
  expect(audit.stdout.split('\n')[0]).toMatch(
    /^\{"n":1,"at":"20.*Z","actor":"U01ALICE","action":"deploy","target":"p-app\.production","decision":"accepted",/,
  )
})

it('F7: kill -9 of PostgreSQL in mid-deploy, back after 2 s, then longer away than a claim holds: it ends once, no attempt runs anything twice', async () => {
  const revision = await app.recolour('blue')
  const number = bot.threads().length + 1
  const since = [web1, web2].map(host => host.journal().length)
  await bot.say('p-app')
  for (const [index, awayMs] of [2_000, 25_000].entries()) {
    await journaled([web1, web2][index] ?? web1, since[index] ?? 0, 'p-app', 'preflight', 'start')
    await server.kill()
    const back = sleep(awayMs).then(server.start)
    const { answer } = await bot.say('p-app')
    expect(answer()).toMatch(/not accepted, and nothing was started/)
    await back
  }
  const thread = await bot.ended(number, 90_000)
  expect(thread.parent).toContain('p-app succeeded')
  expect(thread.broadcasts).toHaveLength(1)
  for (const host of [web1, web2]) await app.serves(host, revision)
  expect(breaches(journals())).toEqual([])
  // A run whose lease is over is taken up anew, with a later fence: what it does again comes after, never beside.
  const [last] = await rowsOf(server, 'SELECT resumes FROM deployments ORDER BY sequence DESC LIMIT 1')
  const attempts = 1 + Number(last?.['resumes'])
  for (const [index, host] of [web1, web2].entries()) {
    const begun = host
      .journal()
      .slice(since[index])
      .filter(line => line.includes(' preflight start '))
    expect(begun.length).toBeLessThanOrEqual(attempts)
  }
  expect(bot.threads()).toHaveLength(number)
  const ends = await rowsOf(
    server,
    `SELECT deployment_id FROM events WHERE event_json LIKE '{"kind":"ended"%'`,
  )
  expect(ends).toHaveLength(number)
})

it('G8: the database’s password is in no log, message, record or error, even where a command prints it', async () => {
  await app.repo.commit({ files: { 'planted.txt': PASSWORD } })
  const thread = await bot.deploy('p-app')
  expect(thread.text).toContain('[REDACTED]')
  const url = urlOf(server.address, 'postgres', { password: `${PASSWORD}-not` })
  const shut = await touchdown(['history'], { cwd: bot.folder, env: { DATABASE_URL: url } })
  expect(shut).toMatchObject({ code: 65, stderr: expect.stringContaining('does not let this user in') })
  outputs.push(shut.stdout, shut.stderr)

  const files = readdirSync(bot.folder).filter(name => /\.(db|log)/.test(name))
  const tables = await rowsOf(server, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
  expect(tables.length).toBeGreaterThan(10)
  const records = await Promise.all(
    tables.map(({ tablename }) => rowsOf(server, `SELECT * FROM ${tablename}`)),
  )
  const all = [
    ...outputs,
    bot.log(),
    JSON.stringify([bot.slack.calls, bot.threads(), records]),
    ...files.map(name => readFileSync(join(bot.folder, name), 'latin1')),
  ].join('\n')
  for (const password of [PASSWORD, encodeURIComponent(PASSWORD)]) expect(all).not.toContain(password)
})
