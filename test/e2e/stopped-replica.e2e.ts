import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Host } from '../../src/order.ts'
import type { Opening } from '../../src/ports/hosts.ts'
import { Secret } from '../../src/secret.ts'
import { openHosts } from '../../src/ssh/hosts.ts'
import { type PostgresServer, startPostgres, urlOf } from '../postgres/server.ts'
import { ALICE, startBot, type TestBot } from './bot.ts'
import type { BotProcess } from './bot-process.ts'
import { breaches, journalsFromNow } from './journal.ts'
import { journaled } from './journaled.ts'
import { rowsOf } from './postgres-rows.ts'
import { until } from './rig/command.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

const rig = sharedRig()
const [web1] = rig.hosts
if (!web1) throw new Error('the rig has no host')
const { name, address, port, user } = web1
const host: Host = { name, address, port, user, hostKeys: [] }

/** A lease, the silence after which a host's shell ends, and what two bots need for the rest of a deployment. */
const TAKEN_OVER_WITHIN_MS = 45_000
const STOPPED_MS = 60_000

let server: PostgresServer
let app: RigService
let bot: TestBot
let processes: readonly BotProcess[]

beforeAll(async () => {
  server = await startPostgres()
  app = await rig.service('x-two', { hosts: [web1], port: 8945 })
  const preflight = ['sh', '-c', 'while [ -e /app/shut ]; do sleep 0.1; done']
  const databaseUrl = urlOf(server.address, 'postgres')
  bot = await startBot({ rig, services: [app], changes: { 'x-two': { preflight } }, databaseUrl })
  processes = [bot, await bot.another()]
})
afterAll(async () => {
  await bot?.stop()
  await server?.stop()
})

it('D6: a replica that is stopped for 60 s in mid-deploy is taken over from; when it wakes, hosts and records refuse it', async () => {
  const journals = journalsFromNow([web1])
  const revision = await app.recolour('red')
  await web1.exec(`touch ${app.path}/shut`)
  const since = web1.journal().length
  await bot.say('x-two')
  await journaled(web1, since, 'x-two', 'preflight', 'start')
  const pid = await runnerPid()
  const runner = processes.find(each => each.pid() === pid)
  if (!runner) throw new Error(`no replica has the pid ${pid}`)
  runner.signal('SIGSTOP')
  const stoppedAt = performance.now()
  await web1.exec(`rm ${app.path}/shut`)
  const thread = await bot.ended(1, 120_000)
  const afterMs = performance.now() - stoppedAt
  console.log(`taken over and brought to its end ${Math.round(afterMs / 1_000)} s after the stop`)
  expect(thread.parent).toContain('x-two succeeded')
  expect(thread.text).toContain('taken up again')
  await app.serves(web1, revision)

  expect(afterMs).toBeLessThan(TAKEN_OVER_WITHIN_MS + 15_000)

  await sleep(STOPPED_MS - afterMs)
  const [recorded, done] = [await everyRow(), web1.journal()]
  runner.signal('SIGCONT')
  await until('it gives up its turn', async () => LEFT.test(runner.log()) || undefined)
  // What it still had to do and to say comes to nothing: no row, no line of a host's journal.
  expect(await everyRow()).toEqual(recorded)
  expect(web1.journal()).toEqual(done)
  expect(await openedAsBefore()).toEqual({
    kind: 'closed',
    because: { kind: 'stale-fence', found: expect.stringMatching(/^\S+ 2$/) },
  })

  // The next one is deployed whoever runs it.
  const next = await app.recolour('green')
  expect((await bot.deploy('x-two')).parent).toContain('x-two succeeded')
  await app.serves(web1, next)
  await sleep(5_000)
  expect(bot.threads().map(({ broadcasts }) => broadcasts.length)).toEqual([1, 1])
  expect(
    await rowsOf(server, `SELECT event_json FROM events WHERE event_json LIKE '{"kind":"ended"%'`),
  ).toHaveLength(2)
  expect(await rowsOf(server, "SELECT status FROM deployments WHERE status <> 'succeeded'")).toEqual([])
  expect(breaches(journals())).toEqual([])
})

const LEFT = /"level":50.*deployment \S+ is left to whoever has it now/

/** All that bots write about deployments. */
async function everyRow() {
  const tables = ['deployments', 'events', 'deployment_hosts', 'places', 'audit', 'commands']
  const rows = await Promise.all(tables.map(table => rowsOf(server, `SELECT * FROM ${table} ORDER BY 1, 2`)))
  return Object.fromEntries(tables.map((table, index) => [table, rows[index]]))
}

/** What the host answers to a session of the first attempt: exit 97 of its fence. */
async function openedAsBefore(): Promise<Opening> {
  const [meta] = await rowsOf(server, "SELECT value FROM meta WHERE name = 'installation'")
  const [row] = await rowsOf(server, 'SELECT id, first_fence FROM deployments')
  const fence = Number(row?.['first_fence'])
  const hosts = openHosts({
    privateKey: new Secret(readFileSync(rig.sshKeyFile, 'utf8')),
    knownHosts: async () => readFileSync(rig.knownHostsFile, 'utf8'),
  })
  const purpose = {
    kind: 'deploy',
    deployment: String(row?.['id']),
    target: { service: app.name, environment: 'production' },
    installation: String(meta?.['value']),
    ...{ fence, firstFence: fence, by: ALICE, lockWaitMs: 5_000 },
  } as const
  return hosts.open(host, purpose).finally(() => hosts.close())
}

/** The process that has claimed what runs. */
async function runnerPid(): Promise<number> {
  const [row] = await rowsOf(server, "SELECT owner FROM deployments WHERE status = 'running'")
  return Number(String(row?.['owner']).split(':')[2])
}
