import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { crowd, type Word } from '../chaos/crowd.ts'
import type { Said } from '../chaos/findings.ts'
import { figures } from '../figures.ts'
import { type PostgresServer, startPostgres, urlOf } from '../postgres/server.ts'
import { startBot, type TestBot, type Thread } from './bot.ts'
import type { BotProcess } from './bot-process.ts'
import { owed } from './chaos/evidence.ts'
import { heard } from './chaos/heard.ts'
import { breaches, isTurn, journalsFromNow, spansIn } from './journal.ts'
import { type Many, manyServices } from './load/many.ts'
import { type MemoryFigures, watchMemory } from './load/memory.ts'
import { sharedRig } from './shared-rig.ts'

const REPLICAS = Number(process.env['LOAD_REPLICAS'] ?? 2)
const COMMANDS = Number(process.env['LOAD_COMMANDS'] ?? 300)
const DEPLOYS = Number(process.env['LOAD_DEPLOYS'] ?? 12)
const SEED = Number(process.env['LOAD_SEED'] ?? 1)
const WITHIN_MS = 10_000
const PEOPLE = 100
/** So long nothing may be answered or told. */
const PATIENCE_MS = 100_000
/** What one deploy after another takes on a slow machine. */
const QUIET_WITHIN_MS = PATIENCE_MS + DEPLOYS * 10_000
const SERVICES = 100

const rig = sharedRig()
const journals = journalsFromNow(rig.hosts)
const personOf = (n: number) => `U7MANY${n}`
const channelOf = (service: number) => `C7MANY${service}`

let database: PostgresServer
let many: Many
let bot: TestBot
let replicas: readonly BotProcess[]

beforeAll(async () => {
  ;[database, many] = await Promise.all([startPostgres(), manyServices(rig, 'many', SERVICES, 8996)])
  const deployers = Array.from({ length: PEOPLE }, (_, n) => personOf(n))
  bot = await startBot({
    rig,
    services: many.services,
    databaseUrl: url(),
    changes: Object.fromEntries(
      many.services.map(({ name }, n) => [name, { deployers, channel: channelOf(n) }]),
    ),
  })
  for (const id of deployers) bot.slack.setUser({ id, name: id.toLowerCase() })
  for (const n of many.services.keys())
    bot.slack.setChannel({ id: channelOf(n), name: `many-${n}`, has_bot: true })
  const others = Array.from({ length: REPLICAS - 1 }, () => bot.another())
  replicas = [bot, ...(await Promise.all(others))]
})
afterAll(async () => {
  await bot?.stop()
  await many?.remove()
  await database?.stop()
})

it(
  `${COMMANDS} commands in ${WITHIN_MS / 1_000} s: what is accepted is answered or told once, and none is lost`,
  async () => {
    const size = { commands: COMMANDS, withinMs: WITHIN_MS, people: PEOPLE, services: SERVICES }
    const words = crowd(SEED, { ...size, deploys: DEPLOYS, revisions: many.revisions }, nameOf)
    const memory = replicas.map(replica => watchMemory(replica.pid(), WITHIN_MS))

    const began = performance.now()
    const outcomes = await Promise.all(words.map(word => said(word, began)))
    figures(
      `LOAD_SEED=${SEED}: ${COMMANDS} commands to ${REPLICAS} bots in ${WITHIN_MS / 1_000} s, ${DEPLOYS} of them deploy`,
    )
    const acks = outcomes.flatMap(({ ackedWithinMs }) => ackedWithinMs ?? []).toSorted((a, b) => a - b)
    figures(
      `acknowledged within ${shown(acks, 50)} (p50), ${shown(acks, 99)} (p99), ${shown(acks, 100)} (all)`,
    )
    const counted = (was: Said['was'], becomes?: Word['becomes']) =>
      outcomes.filter((each, n) => each.was === was && (!becomes || words[n]?.becomes === becomes)).length
    const late = outcomes.filter(({ status }) => status !== 'acked').length
    figures(
      `${counted('accepted')} accepted, ${counted('refused')} refused, ${counted('unknown')} not known, ${late} of them given up by Slack`,
    )
    // How many a busy machine takes in time is printed, not judged. Whoever was not told no must not be forgotten.
    expect(counted('accepted')).toBeGreaterThan(0)

    await quiet(counted('accepted', 'answer'))
    figures(`all answered and told after ${((performance.now() - began) / 1_000).toFixed(1)} s`)
    for (const [n, watched] of memory.entries()) figures(`bot ${n + 1}: ${memoryText(watched.end())}`)

    for (let person = 0; person < PEOPLE; person++) {
      const own = outcomes.filter((_, n) => words[n]?.person === person && words[n]?.becomes === 'answer')
      const [least, perhaps] = ['accepted', 'unknown'].map(was => own.filter(each => each.was === was).length)
      expect(answersTo(person).length).toBeGreaterThanOrEqual(least ?? 0)
      expect(answersTo(person).length).toBeLessThanOrEqual((least ?? 0) + (perhaps ?? 0))
    }
    const told = threads()
    expect(told.length).toBeGreaterThanOrEqual(counted('accepted', 'deployment'))
    expect(told.length).toBeLessThanOrEqual(DEPLOYS - counted('refused', 'deployment'))
    for (const { broadcasts } of told) {
      expect(broadcasts).toHaveLength(1)
      expect(broadcasts[0]).toContain('succeeded')
    }
    const turns = spansIn(journals()).filter(isTurn)
    expect(turns).toHaveLength(told.length)
    expect(new Set(turns.map(({ deployment }) => deployment)).size).toBe(told.length)
    expect(breaches(journals())).toEqual([])
    expect(bot.slack.complaints).toEqual([])
  },
  QUIET_WITHIN_MS + 60_000,
)

async function said({ atMs, person, service, text, isTwice }: Word, began: number) {
  await sleep(Math.max(0, began + atMs - performance.now()))
  if (isTwice) bot.slack.faults.duplicateNextEnvelope()
  const outcome = await bot.slack.command({ user: personOf(person), channel: channelOf(service), text })
  const { status, ackedWithinMs } = outcome
  return { status, ackedWithinMs, was: heard(outcome, { isTwice }) }
}

/** Until nothing is owed any more, also of what is not known to have been accepted. */
async function quiet(answers: number): Promise<void> {
  const read = () => Array.from({ length: PEOPLE }, (_, person) => answersTo(person)).flat().length
  const untold = () => threads().filter(({ broadcasts }) => broadcasts.length === 0).length
  let last = ''
  let deadline = 0
  // Asked seldom: who asks more often slows down what is measured.
  for (;;) {
    const [got, owing] = [read(), untold()]
    const unfinished = await owed(url())
    if (got >= answers && owing === 0 && unfinished === 0) break
    const now = `${got}/${answers} answered, ${owing} ends untold, ${unfinished} unfinished`
    if (now !== last) deadline = performance.now() + PATIENCE_MS
    last = now
    if (performance.now() > deadline) throw new Error(`${now}\n${bot.log().slice(-3_000)}`)
    await sleep(1_000)
  }
  // One too many would come about now.
  await sleep(2_000)
}

function threads(): readonly Thread[] {
  return many.services.flatMap((_, n) => bot.threads(channelOf(n)))
}

function url(): string {
  return urlOf(database.address, 'postgres')
}

/** What the bot told this person alone after the acknowledgement. */
function answersTo(person: number): readonly string[] {
  const shown = bot.slack.ephemerals(personOf(person)).filter(({ via }) => via !== 'ack' && via !== 'slack')
  return shown.map(({ text }) => text)
}

function nameOf(service: number): string {
  return many.services[service]?.name ?? ''
}

function shown(sorted: readonly number[], percentile: number): string {
  return `${(sorted[Math.ceil((sorted.length * percentile) / 100) - 1] ?? Number.NaN).toFixed(0)} ms`
}

function memoryText({ firstMb, mostMb, lastMb, mbPerMinute }: MemoryFigures): string {
  const [first, most, last] = [firstMb, mostMb, lastMb].map(mb => mb.toFixed(0))
  return `RSS ${first} MB at first, ${most} MB at most, ${last} MB at last; ${mbPerMinute.toFixed(1)} MB a minute after the commands`
}
