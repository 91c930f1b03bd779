import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, startBot, type TestBot } from './bot.ts'
import { line } from './held.ts'
import { breaches, journalsFromNow, turnsIn } from './journal.ts'
import { recordsOf } from './records.ts'
import { until } from './rig/command.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'
import { touchdown } from './terminal.ts'

const rig = sharedRig()
const [web1, web2] = rig.hosts
if (!web1 || !web2) throw new Error('the rig has fewer than two hosts')
const journals = journalsFromNow(rig.hosts)

const ENDINGS = ['succeeded', 'failed', 'partial', 'interrupted', 'cancelled']

describe('at the same time', () => {
  let left: RigService
  let right: RigService
  let bot: TestBot

  beforeAll(async () => {
    left = await rig.service('c-left', { hosts: [web1, web2], port: 8872 })
    right = await rig.service('c-right', { hosts: [web1], port: 8873 })
    const deployers = [ALICE, `cli:${userInfo().username}`]
    bot = await startBot({
      rig,
      services: [left, right],
      changes: { 'c-left': { deployers }, 'c-right': { deployers } },
    })
  })
  afterAll(() => bot?.stop())

  const typed = (words: readonly string[], killWhen: (stdout: string) => boolean) =>
    touchdown(words, { cwd: bot.folder, env: { XDG_CACHE_HOME: join(bot.folder, 'cache') }, killWhen })

  it('two services on one host and two commands for one service take turns, and all are served', async () => {
    const [newLeft, newRight] = [await left.recolour('red'), await right.recolour('red')]
    await Promise.all(['c-left', 'c-right', 'c-left', 'c-right'].map(text => bot.say(text)))
    const threads = await Promise.all([1, 2, 3, 4].map(number => bot.ended(number)))
    for (const thread of threads) {
      expect(thread.parent).toContain('succeeded')
      expect(thread.broadcasts).toHaveLength(1)
    }
    await left.serves(web1, newLeft)
    await left.serves(web2, newLeft)
    await right.serves(web1, newRight)
    expect(turnsIn(journals())).toBeGreaterThanOrEqual(6)
    expect(breaches(journals())).toEqual([])
  })

  it('a command from the terminal waits for its turn behind one from Slack, and tells both ends', async () => {
    const revision = await right.recolour('green')
    const turns = turnsIn(journals())
    await web1.exec('touch /run/shut')
    await web1.wrap('docker', 'case " $* " in *" -w "*) while [ -e /run/shut ]; do sleep 0.02; done ;; esac')
    const begins = line(web1, / c-right\.production preflight start -$/)
    await bot.say('c-right')
    await begins()
    // The first is let go when the second has said that it waits for it.
    let open: Promise<unknown> | undefined
    const [terminal, thread] = await Promise.all([
      typed(['c-right'], stdout => {
        if (stdout.includes('waiting for its turn')) open ??= web1.exec('rm /run/shut')
        return false
      }),
      bot.ended(5),
      bot.ended(6),
    ]).finally(() => web1.unwrap())
    await open
    expect(terminal.stdout).toMatch(/waiting for its turn, number 1, behind c-right/)
    expect(terminal.stdout).toMatch(/c-right succeeded/)
    expect(terminal.code).toBe(0)
    expect(thread.parent).toContain('succeeded')
    await right.serves(web1, revision)
    expect(turnsIn(journals()) - turns).toBe(2)
    expect(breaches(journals())).toEqual([])
  })

  it('a terminal that is killed while it deploys leaves nothing behind: the bot takes over', async () => {
    const revision = await right.recolour('blue')
    const before = recordsOf(bot).deployments.length
    const terminal = typed(['c-right'], stdout => stdout.includes('web1: reset '))
    expect((await terminal).code).toBeNull()
    const thread = await bot.ended(before + 1)
    expect(thread.parent).toContain('succeeded')
    expect(thread.text).toContain('taken up again')
    expect(thread.broadcasts).toHaveLength(1)
    await right.serves(web1, revision)
    expect(recordsOf(bot).deployments.at(-1)).toMatchObject({ status: 'succeeded', resumes: 1 })
    expect(breaches(journals())).toEqual([])
  })

  it('the same envelope delivered twice runs once', async () => {
    const { deployments, commands } = recordsOf(bot)
    bot.slack.faults.duplicateNextEnvelope()
    const thread = await bot.deploy('c-right')
    expect(bot.slack.envelopes.at(-1)?.sentTo).toHaveLength(2)
    expect(thread.parent).toContain('succeeded')
    const now = recordsOf(bot)
    expect(now.deployments).toHaveLength(deployments.length + 1)
    expect(now.commands).toHaveLength(commands.length + 1)
    expect(bot.threads()).toHaveLength(now.deployments.length)
    expect(bot.slack.complaints).toEqual([])
    expect(breaches(journals())).toEqual([])
  })
})

describe('a hundred commands at once over ten services', () => {
  const NUMBERS = Array.from({ length: 10 }, (_, index) => index)
  /** Each service is told in a channel of its own: Slack takes about one message a second in one. */
  const channelOf = (number: number) => `C1${number}MANY`
  let services: readonly RigService[]
  let bot: TestBot

  beforeAll(async () => {
    services = await Promise.all(
      NUMBERS.map(number => {
        const host = rig.hosts[number % rig.hosts.length]
        return rig.service(`c-many-${number}`, { hosts: host ? [host] : [], port: 8880 + number })
      }),
    )
    const changes = NUMBERS.map(number => [`c-many-${number}`, { channel: channelOf(number) }])
    bot = await startBot({ rig, services, changes: Object.fromEntries(changes) })
    for (const number of NUMBERS)
      bot.slack.setChannel({ id: channelOf(number), name: `many-${number}`, has_bot: true })
  })
  afterAll(() => bot?.stop())

  it('are each acknowledged before Slack gives them up, and end in one recorded, announced state', async () => {
    const revisions = await Promise.all(services.map(service => service.recolour('red')))
    const texts = Array.from({ length: 100 }, (_, index) => `c-many-${index % 10}`)
    const said = await Promise.all(texts.map(text => bot.say(text)))
    const acks = said
      .map(({ ackedWithinMs }) => ackedWithinMs ?? Number.POSITIVE_INFINITY)
      .sort((a, b) => a - b)
    console.log(
      `100 commands at once: acknowledged within ${shown(acks, 50)} (p50), ${shown(acks, 99)} (p99)`,
    )
    // Slack tells the person that the command failed after that time; how fast it is, the bench measures.
    expect(acks.at(-1)).toBeLessThan(3_000)

    const began = performance.now()
    await seldom('all are decided', () => recordsOf(bot).audit.length === 100 || undefined, 30_000)
    expect(recordsOf(bot).audit.filter(({ decision }) => decision !== 'accepted')).toEqual([])
    await seldom('all have ended', () => all(recordsOf(bot).deployments), 180_000)
    console.log(`all ended after ${((performance.now() - began) / 1_000).toFixed(1)} s`)
    const { deployments, commands, eventsOf } = recordsOf(bot)
    expect(deployments).toHaveLength(100)
    expect(deployments.filter(({ status }) => status !== 'succeeded')).toEqual([])
    expect(commands.filter(command => command.settled_at === null)).toEqual([])
    for (const { id } of deployments)
      expect(eventsOf(id).filter(({ kind }) => kind === 'ended')).toHaveLength(1)

    const threads = await seldom('all are announced', announced, 120_000).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(unannounced(), null, 1)}\n${bot.log()}`)
    })
    console.log(`all announced after ${((performance.now() - began) / 1_000).toFixed(1)} s`)
    for (const [index, service] of services.entries())
      for (const host of service.hosts) await service.serves(host, revisions[index] ?? '')
    expect(threads).toHaveLength(100)
    for (const thread of threads) {
      expect(thread.broadcasts).toHaveLength(1)
      expect(thread.broadcasts[0]).toContain('succeeded')
    }
    expect(bot.slack.complaints).toEqual([])
    expect(turnsIn(journals())).toBeGreaterThanOrEqual(100)
    expect(breaches(journals())).toEqual([])
  }, 330_000)

  it('say their position and what they wait for, unless they began at once', () => {
    const { deployments, eventsOf } = recordsOf(bot)
    const waited = deployments.filter(({ id }) => eventsOf(id).some(({ kind }) => kind === 'queued'))
    const others = deployments.filter(deployment => !waited.includes(deployment))
    // One for each host has nobody before it; a short wait may pass before anybody can say so.
    expect(others.length).toBeGreaterThanOrEqual(rig.hosts.length)
    expect(waited.length).toBeGreaterThan(80)
    for (const { id, service } of waited) {
      const thread = everyThread().find(({ text }) => text.includes(`Deployment ${id}`))
      expect(thread?.text, `${service} ${id}`).toMatch(
        /waiting for its turn, number \d+, behind c-many-\d \([a-z0-9-]+\)/,
      )
    }
  })

  const everyThread = () => NUMBERS.flatMap(number => bot.threads(channelOf(number)))
  const unannounced = () => everyThread().filter(({ broadcasts }) => broadcasts.length === 0)
  const announced = () => {
    const threads = everyThread()
    return threads.length === 100 && threads.every(({ broadcasts }) => broadcasts.length > 0)
      ? threads
      : undefined
  }
})

/** Asks twice a second: who asks more often slows down what it measures. */
function seldom<T>(what: string, ask: () => T | undefined, timeoutMs: number): Promise<T> {
  return until(what, () => delay(500).then(ask), timeoutMs)
}

function all(deployments: readonly { readonly status: string }[]): true | undefined {
  return (
    (deployments.length === 100 && deployments.every(({ status }) => ENDINGS.includes(status))) || undefined
  )
}

function shown(sorted: readonly number[], percentile: number): string {
  return `${(sorted[Math.ceil((sorted.length * percentile) / 100) - 1] ?? Number.NaN).toFixed(0)} ms`
}
