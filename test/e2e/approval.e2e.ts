import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, CHANNEL, startBot, type TestBot, type Thread } from './bot.ts'
import { recordsOf } from './records.ts'
import { until } from './rig/command.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'
import { touchdown } from './terminal.ts'

const BOB = 'U02BOB'
const GUEST = 'U03GUEST'
const CAROL = 'U04CAROL'
const DAVE = 'U05DAVE'
const ERIN = 'U06ERIN'

const rig = sharedRig()
const [web1, web2] = rig.hosts
if (!web1 || !web2) throw new Error('the rig has fewer than two hosts')

let app: RigService
let bot: TestBot

beforeAll(async () => {
  app = await rig.service('ap-app', { hosts: [web1, web2], port: 8930 })
  const deployers = [ALICE, 'cli:root']
  const approvers = [ALICE, BOB, ERIN, 'S0OPS', GUEST]
  bot = await startBot({
    rig,
    services: [app],
    changes: { 'ap-app': { approval: 'all', deployers, approvers } },
    people: { 'cli:root': ALICE },
  })
  for (const [id, name] of [
    [CAROL, 'carol'],
    [DAVE, 'dave'],
    [ERIN, 'erin'],
  ] as const) {
    bot.slack.setUser({ id, name })
  }
  bot.slack.setGroup({ id: 'S0OPS', handle: 'ops', users: [CAROL] })
})
afterAll(() => bot?.stop())

const short = (revision: string) => revision.slice(0, 7)

/** One deployment's message, by its number in the channel. */
interface Asked {
  readonly number: number
  readonly ts: string
  readonly id: string
}

async function asked(number: number): Promise<Asked> {
  const { ts } = await bot.slack.waitFor(
    slack =>
      slack.messages(CHANNEL).filter(each => each.thread_ts === undefined && each.via === 'chat.postMessage')[
        number - 1
      ],
    30_000,
    `message ${number}`,
  )
  return { number, ts, id: recordsOf(bot).deployments.at(-1)?.id ?? '' }
}

async function ask(words: string): Promise<Asked> {
  const number = bot.threads().length + 1
  await bot.say(words)
  const message = await asked(number)
  // By then the bot has recorded where its message stands, and may be killed.
  await says(message, /waits for somebody else to approve/)
  return message
}

function press(user: string, actionId: 'approve' | 'reject', { ts }: Asked) {
  return bot.slack.click({ user, message: { channel: CHANNEL, ts }, actionId, confirms: true })
}

/** What was audited about it, oldest first: who, what, how. */
const audited = ({ id }: Asked) =>
  recordsOf(bot)
    .audit.filter(row => row.detail.startsWith(id) && row.action !== 'deploy')
    .map(({ actor, action, decision }) => `${actor} ${action} ${decision}`)

/** What came of the presses. */
const decisions = (message: Asked) => audited(message).filter(row => !row.startsWith('touchdown '))

/** Presses, and waits until it is decided what comes of it. */
async function decided(user: string, actionId: 'approve' | 'reject', message: Asked): Promise<string> {
  const before = decisions(message).length
  await press(user, actionId, message)
  return until(`${user}'s press is decided`, async () => decisions(message)[before])
}

const says = ({ number }: Asked, words: RegExp): Promise<Thread> =>
  bot.slack.waitFor(
    () => bot.threads().find((thread, index) => index === number - 1 && words.test(thread.text)),
    30_000,
    `deployment ${number} says ${words}`,
  )

const restarted = async (meanwhile: () => void = () => {}) => {
  await bot.kill('SIGKILL')
  meanwhile()
  await bot.restart()
}

describe('a code deploy that somebody has to approve', () => {
  it('runs after the one right press of five, on both hosts, and names both people', async () => {
    const revision = await app.recolour('approved')
    const message = await ask('ap-app')
    expect(await decided(ALICE, 'approve', message)).toBe(`${ALICE} approve own-approval`)
    bot.slack.setGroup({ id: 'S0OPS', handle: 'ops', users: [] })
    expect(await decided(CAROL, 'approve', message)).toBe(`${CAROL} approve not-permitted`)
    expect(await decided(DAVE, 'approve', message)).toBe(`${DAVE} approve not-permitted`)
    expect(await decided(GUEST, 'approve', message)).toBe(`${GUEST} approve not-a-member`)
    expect((await web1.http(app.port)).revision).not.toBe(revision)

    expect(await decided(BOB, 'approve', message)).toBe(`${BOB} approve accepted`)
    const { parent, broadcasts, text } = await bot.ended(message.number)
    for (const host of [web1, web2]) await app.serves(host, revision)
    expect(parent).toContain(`succeeded: serving ${short(revision)} on 2/2 hosts, proved`)
    expect(broadcasts[0]).toContain(`Asked for by <@${ALICE}>, approved by <@${BOB}>`)
    // The rehearsal, before anybody was asked.
    expect(text).toMatch(/web2: .*fetch .*reset .*touch/)
    const [allowed] = recordsOf(bot).audit.filter(row => row.decision === 'accepted' && row.actor === BOB)
    expect(allowed?.detail).toMatch(new RegExp(`^${message.id} order [0-9a-f]{64} through ${BOB}$`))
    for (const user of [ALICE, CAROL, DAVE, GUEST]) expect(bot.slack.ephemerals(user)).toHaveLength(1)
  })

  it('brings what was approved although the branch has moved on, and says so', async () => {
    const revision = await app.recolour('meant')
    const message = await ask('ap-app')
    await app.recolour('later')
    await decided(BOB, 'approve', message)
    const { text } = await bot.ended(message.number)
    expect(text).toContain('main is 1 commit further by now')
    await app.serves(web2, revision)
  })

  it('counts one of two presses in the same moment, and tells the other one who was first', async () => {
    const revision = await app.recolour('twice')
    const message = await ask('ap-app on web1')
    await Promise.all([BOB, ERIN].map(user => press(user, 'approve', message)))
    await until('both are decided', async () => decisions(message).length === 2 || undefined)
    const [first = '', second = ''] = decisions(message)
    expect([first, second].map(line => line.split(' ')[2])).toEqual(['accepted', 'already-decided'])
    const [winner = '', loser = ''] = [first, second].map(line => line.split(' ')[0])
    const told = await bot.slack.waitFor(({ ephemerals }) => ephemerals(loser).at(-1)?.text)
    expect(told).toContain(`<@${winner}> has approved`)
    await bot.ended(message.number)
    await app.serves(web1, revision)
    expect(
      recordsOf(bot)
        .eventsOf(message.id)
        .filter(({ kind }) => kind === 'started'),
    ).toHaveLength(1)
  })
})

describe('a request for an approval', () => {
  it('outlives a killed bot: its button works after the restart', async () => {
    const revision = await app.recolour('outlived')
    const message = await ask('ap-app on web1')
    await restarted()
    expect(await decided(BOB, 'approve', message)).toBe(`${BOB} approve accepted`)
    await bot.ended(message.number)
    await app.serves(web1, revision)
  })

  it('is given up when the configuration says something else by then', async () => {
    const served = (await web1.http(app.port)).revision
    await app.recolour('never')
    const message = await ask('ap-app')
    const file = join(bot.folder, 'touchdown.yml')
    const before = readFileSync(file, 'utf8')
    await restarted(() => writeFileSync(file, before.replace('touch: .reload', 'touch: uwsgi.ini')))
    expect(await decided(BOB, 'approve', message)).toBe(`${BOB} approve given-up`)
    await says(message, /was given up before it began: touchdown\.yml says something else now/)
    expect(audited(message)[0]).toBe('touchdown give-up config-changed')
    await restarted(() => writeFileSync(file, before))
    expect((await web1.http(app.port)).revision).toBe(served)
  })

  it('whose time was over while no bot ran ends by itself, and its button is refused', async () => {
    const message = await ask('ap-app')
    await restarted(() => {
      const database = new Database(join(bot.folder, 'touchdown.db'))
      database.prepare('UPDATE deployments SET expires_at = ? WHERE id = ?').run([Date.now(), message.id])
      database.close()
    })
    await says(message, /was not approved in time/)
    const click = { user: BOB, message: { channel: CHANNEL, ts: message.ts }, confirms: true } as const
    await bot.slack.click({ ...click, actionId: 'approve', stale: true })
    await until('the press is decided', async () => decisions(message)[0])
    expect(audited(message)).toEqual(['touchdown give-up expired', `${BOB} approve expired`])
  })

  it('from a terminal is answered in Slack, and the terminal follows to the end', async () => {
    const number = bot.threads().length + 1
    const revision = await app.recolour('typed')
    const typed = touchdown(['ap-app', 'on', 'web1'], {
      cwd: bot.folder,
      env: { XDG_CACHE_HOME: join(bot.folder, 'cache') },
    })
    const message = await asked(number)
    expect(await decided(ALICE, 'approve', message)).toBe(`${ALICE} approve own-approval`)
    expect(await decided(BOB, 'approve', message)).toBe(`${BOB} approve accepted`)
    const { code, stdout } = await typed
    expect(stdout).toMatch(
      /to be approved with the button of its message in Slack, by one of U02BOB, U06ERIN, S0OPS/,
    )
    expect(stdout).toContain(`succeeded: serving ${short(revision)}`)
    expect(code).toBe(0)
  })
})

describe('a new container', () => {
  it('is approved by its digest, and is what both hosts run afterwards', async () => {
    const message = await ask('ap-app --full')
    const { text } = await says(message, /waits for somebody else to approve/)
    const image = /ap-app.*? with the image (\S+@sha256:[0-9a-f]{64})|image (\S+@sha256:[0-9a-f]{64})/.exec(
      text,
    )
    const digest = image?.[1] ?? image?.[2] ?? ''
    expect(digest).toMatch(/@sha256:/)
    await decided(BOB, 'approve', message)
    const { parent, broadcasts } = await bot.ended(message.number)
    expect(parent).toContain('in a new container on 2/2 hosts')
    expect(broadcasts[0]).toContain(`approved by <@${BOB}>`)
    for (const host of [web1, web2]) {
      expect(await host.exec(`docker inspect --format '{{.Config.Image}}' ap-app`)).toContain(digest)
    }
  })
})
