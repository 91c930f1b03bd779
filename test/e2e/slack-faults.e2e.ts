import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Change } from '../../demo/slack/shapes.ts'
import { MOST_A_MINUTE } from '../../src/policy/flood.ts'
import { ALICE, CHANNEL, startBot, type TestBot, type Thread } from './bot.ts'
import { recordsOf } from './records.ts'
import { until } from './rig/command.ts'
import type { RigHost } from './rig/host.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

const rig = sharedRig()
const web1 = firstHost()

let app: RigService
let bot: TestBot

beforeAll(async () => {
  app = await rig.service('faulty', { hosts: [web1], port: 8860 })
  bot = await startBot({ rig, services: [app] })
})
afterAll(() => bot?.stop())

const slack = () => bot.slack
const METHODS = ['chat.postMessage', 'chat.update'] as const
const short = (revision: string) => revision.slice(0, 7)
const deployments = () => recordsOf(bot).deployments
const succeeded = (count: number) =>
  until(
    'the deployment has succeeded',
    async () => {
      const { length, [count - 1]: last } = deployments()
      return (length === count && last?.status === 'succeeded') || undefined
    },
    60_000,
  ).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(deployments().slice(count - 1))}\n${bot.log()}`)
  })
const met = (method: string, status: number) =>
  slack().calls.filter(call => call.method === method && call.status === status)

/** Whatever Slack does: the code is served, and this thread tells everything once. */
async function expectToldOnce(thread: Thread, revision: string): Promise<void> {
  await app.serves(web1, revision)
  const end = new RegExp(`faulty succeeded: serving ${short(revision)} on 1/1 hosts, proved`)
  expect(thread.parent).toMatch(end)
  expect(thread.broadcasts).toHaveLength(1)
  expect(thread.broadcasts[0]).toMatch(end)
  for (const step of ['look', 'fetch', 'reset', 'preflight', 'touch', 'verify'])
    expect(thread.replies.filter(reply => reply.includes(`web1: ${step} `)).length, step).toBeGreaterThan(0)
  for (const reply of thread.replies) expect(thread.replies.filter(other => other === reply)).toHaveLength(1)
}

describe('while Slack', () => {
  it('asks to wait (429), the deployment goes on without it and its end is told when that is over', async () => {
    const revision = await app.recolour('limited')
    const told = bot.threads().length
    await heldAtReset(
      () => bot.say('faulty'),
      async () => {
        await slack().waitFor(() => bot.threads().length > told)
        for (const method of METHODS) slack().faults.rateLimit(method, { retryAfterSeconds: 4 })
        await slack().waitFor(() => METHODS.every(method => met(method, 429).length === 1), 20_000, 'two 429')
      },
    )
    await expectToldOnce(await bot.ended(told + 1), revision)
    for (const method of METHODS) {
      const [limited] = met(method, 429)
      const next = met(method, 200).find(({ atMs }) => atMs > (limited?.atMs ?? 0))
      expect((next?.atMs ?? 0) - (limited?.atMs ?? 0), method).toBeGreaterThanOrEqual(3_990)
    }
  })

  it('is down (503), the deployment goes on without it and its end is told when Slack is back', async () => {
    const revision = await app.recolour('down')
    const [number, told] = [deployments().length + 1, bot.threads().length]
    for (const method of METHODS) slack().faults.serverError(method, { times: Number.POSITIVE_INFINITY })
    await bot.say('faulty')
    await succeeded(number)
    expect(bot.threads()).toHaveLength(told)
    expect(met('chat.postMessage', 503).length).toBeGreaterThan(1)
    for (const method of METHODS) slack().faults.heal(method)
    await expectToldOnce(await bot.ended(told + 1), revision)
  })

  it.each([
    ['sends the bot away (disconnect)', () => slack().faults.disconnect('refresh_requested')],
    ['cuts the socket without a word', () => slack().faults.dropConnections()],
  ])('%s in mid-deploy, the deployment goes on, is told, and the next command is heard', async (_, cut) => {
    const revision = await app.recolour(`cut-${deployments().length}`)
    const [number, told] = [deployments().length + 1, bot.threads().length]
    await heldAtReset(
      () => bot.say('faulty'),
      async () => {
        cut()
        await slack().waitFor(({ openConnections }) => openConnections === 0)
      },
    )
    await succeeded(number)
    await expectToldOnce(await bot.ended(told + 1), revision)
    await slack().waitFor(({ openConnections }) => openConnections === 1, 20_000, 'a new socket')
    expect(await bot.ask('history faulty')).toContain(short(revision))
    expect(slack().complaints).toEqual([])
  })
})

describe('an answer that is lost after Slack has done what it was asked', () => {
  it('of edits: the message is edited again, nothing is told twice', async () => {
    const revision = await app.recolour('lost-edit')
    const told = bot.threads().length
    const before = met('chat.update', 0).length
    slack().faults.loseAnswer('chat.update', 2)
    await heldAtReset(
      () => bot.say('faulty'),
      () => slack().waitFor(() => met('chat.update', 0).length === before + 2, 20_000, 'two lost answers'),
    )
    await expectToldOnce(await bot.ended(told + 1), revision)
  })

  it('of the message: it is posted again, says so, and is the one that is told to its end', async () => {
    const revision = await app.recolour('lost-message')
    const told = bot.threads().length
    slack().faults.loseAnswer('chat.postMessage')
    await bot.say('faulty')
    const thread = await bot.ended(told + 2)
    await expectToldOnce(thread, revision)
    expect(thread.parent).toContain('If another one stands above, it is not kept up to date.')
    expect(bot.threads()).toHaveLength(told + 2)
    expect(bot.threads()[told]?.replies).toEqual([])
  })

  it('of the end: Slack cannot be asked whether it took it, so it is told again rather than never', async () => {
    const revision = await app.recolour('lost-end')
    const told = bot.threads().length
    const stop = slack().onChange(change => {
      if (isReply(change, `web1: serving ${short(revision)}`)) slack().faults.loseAnswer('chat.postMessage')
    })
    await bot.say('faulty')
    const thread = await slack().waitFor(
      () => (bot.threads()[told]?.broadcasts.length === 2 ? bot.threads()[told] : undefined),
      30_000,
      'the end is told twice',
    )
    stop()
    expect(new Set(thread.broadcasts).size).toBe(1)
    await expectToldOnce({ ...thread, ...withoutTheLast(thread) }, revision)
  })
})

it('a flood of commands is answered with how long to wait; others are heard as before (A26)', async () => {
  const before = slack().ephemerals(ALICE).length
  const wave = () => Promise.all(Array.from({ length: 25 }, () => bot.say('faulty no-such-branch')))
  const flood = []
  while (flood.length < MOST_A_MINUTE + 5) flood.push(...(await wave()))
  expect(flood.filter(({ ackedWithinMs }) => ackedWithinMs === undefined)).toEqual([])
  expect(await bot.ask('history faulty', 'U02BOB')).toContain('succeeded')
  const answers = await slack().waitFor(
    ({ ephemerals }) => {
      const texts = ephemerals(ALICE)
        .slice(before)
        .map(({ text }) => text)
      return texts.length === flood.length ? texts : undefined
    },
    60_000,
    'every command is answered',
  )
  const refused = answers.filter(text => /more than 120 deployments .* Type it again in \d+ s/.test(text))
  // What was deployed within the last minute counts, too.
  expect(refused.length).toBeGreaterThanOrEqual(5)
  expect(answers.filter(text => text.includes('no branch, tag or commit')).length).toBeGreaterThan(100)
})

/** Says it, and lets the step go on when that has been done. */
async function heldAtReset(say: () => Promise<unknown>, act: () => unknown): Promise<void> {
  const known = web1.journal().length
  await web1.exec('touch /run/shut')
  await web1.wrap('git', 'case " $* " in *" reset "*) while [ -e /run/shut ]; do sleep 0.02; done ;; esac')
  try {
    await say()
    await until('the reset has begun', async () =>
      web1
        .journal()
        .slice(known)
        .find(line => line.includes(' faulty.production reset start')),
    )
    await act()
    expect(deployments().at(-1)?.status).toBe('running')
  } finally {
    await web1.exec('rm -f /run/shut')
    await web1.unwrap()
  }
}

function isReply(change: Change, text: string): boolean {
  return (
    change.kind === 'message posted' &&
    change.message.channel === CHANNEL &&
    change.message.thread_ts !== undefined &&
    !change.message.broadcast &&
    change.message.text.includes(text)
  )
}

function withoutTheLast({ broadcasts, replies }: Thread) {
  return { broadcasts: broadcasts.slice(0, -1), replies: replies.slice(0, -1) }
}

function firstHost(): RigHost {
  const [host] = rig.hosts
  if (!host) throw new Error('the rig has no host')
  return host
}
