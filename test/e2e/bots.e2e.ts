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
const [web1, web2] = rig.hosts
if (!web1 || !web2) throw new Error('the rig has fewer than two hosts')
const journals = journalsFromNow(rig.hosts)
const PREFLIGHT = ['sleep', '3']

let server: PostgresServer
let pair: RigService
let beside: RigService
let bot: TestBot
let bots: readonly BotProcess[]

beforeAll(async () => {
  server = await startPostgres()
  pair = await rig.service('r-pair', { hosts: [web1, web2], port: 8986 })
  beside = await rig.service('r-beside', { hosts: [web1], port: 8987 })
  bot = await startBot({
    rig,
    services: [pair, beside],
    changes: { 'r-pair': { preflight: PREFLIGHT } },
    databaseUrl: urlOf(server.address, 'postgres'),
  })
  bots = [bot, await bot.another()]
})
afterAll(async () => {
  await bot?.stop()
  await server?.stop()
})

it('of two bots on one database one goes on where the other was killed, and tells it once', async () => {
  const revision = await pair.recolour('red')
  const since = web2.journal().length
  await bot.say('r-pair')
  await journaled(web2, since, 'r-pair', 'preflight', 'start')
  const owner = await ownerOf('r-pair')
  await owner.kill('SIGKILL')
  const killedAt = Date.now()
  const thread = await bot.ended(1, 60_000)
  expect(thread.parent).toContain('r-pair succeeded')
  expect(thread.broadcasts).toHaveLength(1)
  for (const host of [web1, web2]) await pair.serves(host, revision)
  const [row] = await rowsOf(
    server,
    `SELECT at FROM events WHERE event_json LIKE '{"kind":"resumed"%' ORDER BY at DESC LIMIT 1`,
  )
  // The lease, how often one looks, and the step that ran.
  const resumedAfterMs = Number(row?.['at']) - killedAt
  console.log(`taken up by the other bot ${resumedAfterMs} ms after the kill`)
  expect(resumedAfterMs).toBeLessThan(45_000 + 3_000)
  expect(await rowsOf(server, 'SELECT status, resumes FROM deployments')).toEqual([
    { status: 'succeeded', resumes: 1 },
  ])
  expect((await ownerOf('r-pair')).pid()).not.toBe(owner.pid())
  expect(breaches(journals())).toEqual([])
  await owner.restart()
})

it('on one host whoever asked first comes first, whichever bot was asked', async () => {
  const since = web1.journal().length
  const [newPair, newBeside] = [await pair.recolour('green'), await beside.recolour('green')]
  const texts = ['r-pair', 'r-beside', 'r-pair', 'r-beside']
  for (const text of texts) await bot.say(text)
  for (const index of texts.keys()) expect((await bot.ended(2 + index)).parent).toContain('succeeded')
  await pair.serves(web1, newPair)
  await beside.serves(web1, newBeside)
  const asked = await rowsOf(server, 'SELECT id FROM deployments WHERE resumes = 0 ORDER BY sequence')
  const turns = web1
    .journal()
    .slice(since)
    .flatMap(line => /^\S+ (\S+) \S+ host-lock start /.exec(line)?.[1] ?? [])
  expect(turns).toEqual(asked.map(({ id }) => id))
  const askedOf = await rowsOf(server, "SELECT DISTINCT owner FROM commands WHERE text_json LIKE '\"r-%'")
  expect(askedOf.length).toBeGreaterThanOrEqual(2)
  expect(breaches(journals())).toEqual([])
})

/** Which of the two runs or ran the service's last deployment. */
async function ownerOf(service: string): Promise<BotProcess> {
  const [row] = await rowsOf(
    server,
    `SELECT owner FROM deployments WHERE service = '${service}' ORDER BY sequence DESC LIMIT 1`,
  )
  const pid = Number(String(row?.['owner']).split(':')[2])
  const owner = bots.find(each => each.pid() === pid)
  if (!owner) throw new Error(`nobody owns ${service}: ${JSON.stringify(row)}`)
  return owner
}
