import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type PostgresServer, startPostgres, urlOf } from '../postgres/server.ts'
import { startBot, type TestBot } from './bot.ts'
import type { BotProcess } from './bot-process.ts'
import { breaches, journalsFromNow } from './journal.ts'
import { journaled } from './journaled.ts'
import { rowsOf } from './postgres-rows.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

const rig = sharedRig()
const [web1] = rig.hosts
if (!web1) throw new Error('the rig has no host')

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
  runner.signal('SIGCONT')
  // What it still had to do and to say comes to nothing, and the next one is deployed whoever runs it.
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

/** The process that has claimed what runs. */
async function runnerPid(): Promise<number> {
  const [row] = await rowsOf(server, "SELECT owner FROM deployments WHERE status = 'running'")
  return Number(String(row?.['owner']).split(':')[2])
}
