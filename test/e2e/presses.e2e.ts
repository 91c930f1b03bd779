import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Cable, cableTo } from '../postgres/cable.ts'
import { type PostgresServer, startPostgres, urlOf } from '../postgres/server.ts'
import { ALICE, CHANNEL, startBot, type TestBot } from './bot.ts'
import type { BotProcess } from './bot-process.ts'
import { breaches, journalsFromNow } from './journal.ts'
import { journaled } from './journaled.ts'
import { rowsOf } from './postgres-rows.ts'
import { press } from './pressed.ts'
import { until } from './rig/command.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

const BOB = 'U02BOB'
const rig = sharedRig()
const [web1] = rig.hosts
if (!web1) throw new Error('the rig has no host')
const journals = journalsFromNow([web1])

let server: PostgresServer
let cables: readonly Cable[]
let app: RigService
let bot: TestBot
let bots: readonly BotProcess[]
let red: string

beforeAll(async () => {
  server = await startPostgres()
  cables = [await cableTo(server.address), await cableTo(server.address)]
  const [first, second] = cables.map(cable => urlOf(cable.address, 'postgres'))
  if (!first || !second) throw new Error('a cable is missing')
  app = await rig.service('b-app', { hosts: [web1], port: 8946 })
  const preflight = ['sh', '-c', 'test ! -e /app/bad']
  bot = await startBot({
    rig,
    services: [app],
    changes: { 'b-app': { preflight, approval: 'all', approvers: [BOB] } },
    databaseUrl: first,
  })
  bots = [bot, await bot.another({ DATABASE_URL: second })]
})
afterAll(async () => {
  await bot?.stop()
  for (const cable of cables ?? []) cable.close()
  await server?.stop()
})

it('an approval counts that reaches the bot that has not told Slack of it', async () => {
  red = await app.recolour('red')
  await bot.say('b-app')
  await shown(1, 'approve')
  const other = await notTelling()
  await aimAt(other)
  await press(bot, BOB, 'approve', 1)
  expect((await bot.ended(1)).parent).toContain('b-app succeeded')
  await app.serves(web1, red)
  expect(await decider(1)).toBe(other.pid())
})

it('a press that the records cannot take is refused, and counts once when it is repeated', async () => {
  await app.recolour('green')
  await web1.exec(`touch ${app.path}/bad`)
  await bot.say('b-app')
  await shown(2, 'approve')
  for (const cable of cables) cable.cut()
  await press(bot, BOB, 'approve', 2)
  const told = await bot.slack.waitFor(
    ({ ephemerals }) => ephemerals(BOB).at(-1)?.text,
    10_000,
    'it is refused',
  )
  expect(told).toContain('not accepted, and nothing was started')
  for (const cable of cables) cable.mend()
  expect(await approvals()).toBe(1)
  await until('the records take it', async () => {
    await press(bot, BOB, 'approve', 2, true)
    return (await approvals()) > 1 || undefined
  })
  expect((await bot.ended(2)).parent).toContain('b-app failed at preflight')
})

it('one Retry, and one approval of it, that Slack delivers to both bots at once, run it once', async () => {
  await web1.exec(`rm ${app.path}/bad`)
  await toBoth('retry', 2, ALICE)
  await toBoth('approve', 3, BOB)
  expect((await bot.ended(3)).parent).toContain('b-app succeeded')
})

it('Roll back works, and its approval, while the bot that tells Slack is stopped, whose own press comes too late', async () => {
  await toBoth('rollback', 3, ALICE)
  await shown(4, 'approve')
  const other = await notTelling()
  const telling = bots.find(each => each !== other) ?? bot
  await aimAt(telling)
  telling.signal('SIGSTOP')
  const since = web1.journal().length
  // Nobody takes the first one, and Slack says so.
  await press(bot, BOB, 'approve', 4)
  await press(bot, BOB, 'approve', 4)
  await journaled(web1, since, 'b-app', 'host-lock', 'end')
  telling.signal('SIGCONT')
  expect((await bot.ended(4)).parent).toContain('b-app rolled back')
  await app.serves(web1, red)
  expect(await decider(4)).toBe(other.pid())
})

it('of all that was pressed each order has run once', async () => {
  await until('all is settled', async () => {
    const left = await rowsOf(server, 'SELECT trigger_id FROM commands WHERE settled_at IS NULL')
    return left.length === 0 || undefined
  })
  expect(
    await rowsOf(server, 'SELECT status, resumes, is_rollback FROM deployments ORDER BY sequence'),
  ).toEqual([
    { status: 'succeeded', resumes: 0, is_rollback: 0 },
    { status: 'failed', resumes: 0, is_rollback: 0 },
    { status: 'succeeded', resumes: 0, is_rollback: 0 },
    { status: 'succeeded', resumes: 0, is_rollback: 1 },
  ])
  const ids = (await rowsOf(server, 'SELECT id FROM deployments ORDER BY sequence')).map(({ id }) => id)
  const lines = journals().get(web1.name) ?? []
  for (const step of ['host-lock', 'reset', 'preflight'])
    expect(lines.flatMap(line => new RegExp(` (\\S+) \\S+ ${step} start `).exec(line)?.[1] ?? [])).toEqual(
      ids,
    )
  expect(breaches(journals())).toEqual([])
  expect(bot.threads().map(({ broadcasts }) => broadcasts.length)).toEqual([1, 1, 1, 1])
  expect(bot.slack.complaints).toEqual([])
})

async function toBoth(actionId: string, number: number, user: string): Promise<void> {
  await shown(number, actionId)
  bot.slack.faults.duplicateNextEnvelope()
  await press(bot, user, actionId, number)
  expect(bot.slack.envelopes.at(-1)?.sentTo).toHaveLength(2)
}

/** Resolves when the message has the button. */
async function shown(number: number, actionId: string): Promise<void> {
  const has = () => {
    const message = bot.slack
      .messages(CHANNEL)
      .filter(each => each.thread_ts === undefined && each.via === 'chat.postMessage')[number - 1]
    return JSON.stringify(message?.blocks ?? []).includes(`"${actionId}"`) || undefined
  }
  await bot.slack.waitFor(has, 30_000, `${actionId} at message ${number}`)
}

/** The one of the two that does not tell Slack. */
async function notTelling(): Promise<BotProcess> {
  const [row] = await rowsOf(server, "SELECT owner FROM leases WHERE name = 'publisher'")
  const other = bots.find(each => each.pid() !== pidIn(row))
  if (!other) throw new Error(`both tell: ${JSON.stringify(row)}`)
  return other
}

/** Slack gives what is said to each of two connections in turn: when the other one has heard something, the next is for this one. */
async function aimAt(process: BotProcess): Promise<void> {
  await until(`the next press is for ${process.pid()}`, async () => {
    const { triggerId } = await bot.slack.command({ user: ALICE, channel: CHANNEL, text: 'help' })
    const [row] = await rowsOf(server, `SELECT owner FROM commands WHERE trigger_id = '${triggerId}'`)
    return (row && pidIn(row) !== process.pid()) || undefined
  })
}

/** How many presses of Approve are recorded. */
async function approvals(): Promise<number> {
  return (await rowsOf(server, `SELECT owner FROM commands WHERE click_json LIKE '%"approve"%'`)).length
}

/** The bot that acted on the press that counted. */
async function decider(number: number): Promise<number> {
  const rows = await rowsOf(
    server,
    'SELECT commands.owner FROM deployments JOIN commands ON commands.trigger_id = decided_trigger ORDER BY sequence',
  )
  return pidIn(rows[number - 1])
}

function pidIn(row: Readonly<Record<string, unknown>> | undefined): number {
  return Number(String(row?.['owner']).split(':')[2])
}
