import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBot, type TestBot, type Thread } from './bot.ts'
import { breaches, journalsFromNow } from './journal.ts'
import { journaled } from './journaled.ts'
import { recordsOf } from './records.ts'
import { until } from './rig/command.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'
import { touchdown } from './terminal.ts'

const rig = sharedRig()
const [web1, web2] = rig.hosts
if (!web1 || !web2) throw new Error('the rig has fewer than two hosts')
const journals = journalsFromNow(rig.hosts)

let slow: RigService
let pair: RigService
let plain: RigService
let bot: TestBot

const SLOW_S = 4

beforeAll(async () => {
  slow = await rig.service('c-slow', { hosts: [web1], port: 8874 })
  pair = await rig.service('c-pair', { hosts: [web1, web2], port: 8875 })
  plain = await rig.service('c-plain', { hosts: [web1], port: 8876 })
  const preflight = ['python3', '-c', `import time; time.sleep(${SLOW_S}); import wsgi`]
  bot = await startBot({
    rig,
    services: [slow, pair, plain],
    changes: { 'c-slow': { preflight }, 'c-pair': { preflight }, 'c-plain': { preflight: undefined } },
  })
})
afterAll(() => bot?.stop())

const short = (revision: string) => revision.slice(0, 7)
const deployments = () => recordsOf(bot).deployments
const last = () => deployments().at(-1)

function expectOneEnd(thread: Thread, ending: string): void {
  expect(thread.parent).toContain(ending)
  expect(thread.broadcasts).toHaveLength(1)
  expect(thread.broadcasts[0]).toContain(ending)
}

describe('a bot that is killed in mid-deploy', () => {
  it('says after its restart what it found on the host, goes on, and ends the deployment once', async () => {
    const old = slow.revision
    const revision = await slow.recolour('red')
    const [number, since] = [bot.threads().length + 1, web1.journal().length]
    await bot.say('c-slow')
    await journaled(web1, since, 'c-slow', 'preflight', 'start')
    await bot.kill('SIGKILL')
    expect(last()).toMatchObject({ service: 'c-slow', status: 'running' })
    await bot.restart()

    const thread = await bot.ended(number)
    expectOneEnd(thread, 'c-slow succeeded')
    expect(thread.text).toContain(
      'taken up again: the bot or terminal that ran it ended, or was not heard of',
    )
    // The reset was done, the touch was not: the host has the new commit and still serves the old one.
    expect(thread.text).toContain(
      `web1 was found with: HEAD ${short(revision)}, container running, serves ${short(old)}`,
    )
    await slow.serves(web1, revision)
    expect(last()).toMatchObject({ status: 'succeeded', resumes: 1 })
    // The step that ran when the bot died was left alone; the bot waited for its end.
    expect(breaches(journals())).toEqual([])
  })

  it('goes on with the hosts that are left when others had ended', async () => {
    const revision = await pair.recolour('red')
    const [number, since] = [bot.threads().length + 1, web2.journal().length]
    await bot.say('c-pair')
    await journaled(web2, since, 'c-pair', 'preflight', 'start')
    const done = web1.journal().length
    await bot.kill('SIGKILL')
    await bot.restart()
    const thread = await bot.ended(number)
    expectOneEnd(thread, `c-pair succeeded: serving ${short(revision)} on 2/2 hosts, proved`)
    for (const host of [web1, web2]) {
      expect(thread.text).toMatch(new RegExp(`${host.name} was found with: HEAD ${short(revision)}`))
      await pair.serves(host, revision)
    }
    expect(
      web1
        .journal()
        .slice(done)
        .filter(line => line.includes(' reset start')),
    ).toEqual([])
    expect(breaches(journals())).toEqual([])
  })

  it('right after the reset goes on, too', async () => {
    const revision = await plain.recolour('red')
    const [number, since] = [bot.threads().length + 1, web1.journal().length]
    await bot.say('c-plain')
    await journaled(web1, since, 'c-plain', 'reset', 'end')
    await bot.kill('SIGKILL')
    await bot.restart()
    const thread = await bot.ended(number)
    expectOneEnd(thread, 'c-plain succeeded')
    expect(thread.text).toContain(`web1 was found with: HEAD ${short(revision)}`)
    await plain.serves(web1, revision)
    expect(breaches(journals())).toEqual([])
  })

  it('leaves a deployment to the later one of the same target, and says so', async () => {
    const [number, since] = [bot.threads().length + 1, web1.journal().length]
    const first = await slow.recolour('green')
    await bot.say(`c-slow ${first}`)
    await journaled(web1, since, 'c-slow', 'preflight', 'start')
    const second = await slow.recolour('blue')
    await bot.say('c-slow')
    // A message that is posted in the instant of the kill may be posted again: the bot could not note where it stands.
    await until('the second is told', async () => bot.threads()[number]?.replies[0])
    await bot.kill('SIGKILL')
    await bot.restart()
    const interrupted = await bot.ended(number)
    expectOneEnd(interrupted, 'c-slow was interrupted')
    expect(interrupted.text).toContain(`web1 was found with: HEAD ${short(first)}`)
    expectOneEnd(await bot.ended(number + 1), `c-slow succeeded: serving ${short(second)}`)
    await slow.serves(web1, second)
    expect(breaches(journals())).toEqual([])
  })

  it('twice in one deployment goes on all the same', async () => {
    const revision = await slow.recolour('white')
    const number = bot.threads().length + 1
    for (let killed = 0; killed < 2; killed++) {
      const since = web1.journal().length
      if (killed === 0) await bot.say('c-slow')
      await journaled(web1, since, 'c-slow', 'preflight', 'start')
      await bot.kill('SIGKILL')
      await bot.restart()
    }
    expectOneEnd(await bot.ended(number), 'c-slow succeeded')
    await slow.serves(web1, revision)
    expect(last()).toMatchObject({ status: 'succeeded', resumes: 2 })
    expect(breaches(journals())).toEqual([])
  })
})

describe('a bot that is killed between acknowledging and acting', () => {
  it('takes the command up after its restart', async () => {
    const revision = await plain.recolour('green')
    const before = deployments().length
    const number = bot.threads().length + 1
    // A fresh process knows nobody yet, so it has to ask Slack first.
    await bot.kill('SIGTERM')
    await bot.restart()
    const release = bot.slack.faults.hold('users.info')
    const { ackedWithinMs } = await bot.say('c-plain')
    expect(ackedWithinMs).toBeLessThan(3_000)
    await bot.kill('SIGKILL')
    release()
    expect(deployments()).toHaveLength(before)
    expect(recordsOf(bot).commands.filter(command => command.settled_at === null)).toHaveLength(1)

    await bot.restart()
    expectOneEnd(await bot.ended(number), 'c-plain succeeded')
    await plain.serves(web1, revision)
    expect(deployments()).toHaveLength(before + 1)
    expect(recordsOf(bot).commands.filter(command => command.settled_at === null)).toEqual([])
    expect(breaches(journals())).toEqual([])
  })
})

describe('SIGTERM in mid-deploy', () => {
  it('lets the running deployment end, leaves the waiting one for the next start, and exits 0', async () => {
    const revision = await slow.recolour('black')
    const [number, since] = [bot.threads().length + 1, web1.journal().length]
    await bot.say('c-slow')
    await journaled(web1, since, 'c-slow', 'preflight', 'start')
    await bot.say('c-plain')
    await until('both are recorded', async () => deployments().length === number + 1 || undefined)
    expect(await bot.kill('SIGTERM')).toBe(0)

    const journal = web1.journal().slice(since)
    expect(journal.filter(line => line.includes('c-slow.production preflight end 0'))).toHaveLength(1)
    expect(
      deployments()
        .slice(-2)
        .map(({ status }) => status),
    ).toEqual(['succeeded', 'queued'])
    await slow.serves(web1, revision)

    await bot.restart()
    expectOneEnd(await bot.ended(number), 'c-slow succeeded')
    expectOneEnd(await bot.ended(number + 1), 'c-plain succeeded')
    expect(breaches(journals())).toEqual([])
  })

  it('lets the host that switches finish, and leaves the next one to the next start', async () => {
    const revision = await pair.recolour('black')
    const before = (await web2.http(pair.port)).revision
    const [number, since] = [bot.threads().length + 1, web1.journal().length]
    await bot.say('c-pair')
    await journaled(web1, since, 'c-pair', 'preflight', 'start')
    expect(await bot.kill('SIGTERM')).toBe(0)
    expect((await web1.http(pair.port)).revision).toBe(revision)
    expect((await web2.http(pair.port)).revision).toBe(before)
    expect(last()).toMatchObject({ service: 'c-pair', status: 'running' })

    await bot.restart()
    expectOneEnd(await bot.ended(number), `c-pair succeeded: serving ${short(revision)} on 2/2 hosts, proved`)
    await pair.serves(web2, revision)
    expect(breaches(journals())).toEqual([])
  })

  it('leaves a step that takes longer to its host, and claims nothing about it', async () => {
    const revision = await slow.recolour('orange')
    const [number, since] = [bot.threads().length + 1, web1.journal().length]
    const hold = '/home/deploy/hold'
    await web1.asDeploy(`touch ${hold}`)
    await web1.wrap(
      'docker',
      `case "$*" in *'import wsgi'*) while [ -e ${hold} ]; do sleep 0.2; done ;; esac`,
    )
    await bot.say('c-slow')
    await journaled(web1, since, 'c-slow', 'preflight', 'start')
    expect(await bot.kill('SIGTERM')).toBe(0)
    expect(last()).toMatchObject({ service: 'c-slow', status: 'running' })
    const events = recordsOf(bot).eventsOf(last()?.id ?? '')
    expect(events.filter(({ kind }) => kind === 'host-ended' || kind === 'ended')).toEqual([])

    await web1.asDeploy(`rm ${hold}`)
    await bot.restart()
    expectOneEnd(await bot.ended(number), 'c-slow succeeded')
    await web1.unwrap()
    await slow.serves(web1, revision)
    expect(last()).toMatchObject({ status: 'succeeded', resumes: 1 })
    expect(breaches(journals())).toEqual([])
  })
})

describe('a second bot on the same records', () => {
  it('does not start: one line, exit 75; the first one goes on', async () => {
    const { code, stdout, stderr } = await touchdown(['start'], { cwd: bot.folder })
    expect(stdout).toBe('')
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/Another touchdown already runs on .*touchdown\.db/)
    expect(code).toBe(75)
    await plain.recolour('grey')
    expect((await bot.deploy('c-plain')).parent).toContain('succeeded')
  })

  it('starts at once when the first was killed', async () => {
    await bot.kill('SIGKILL')
    await bot.restart()
    expect(await bot.ask('status c-plain')).toContain('web1')
  })
})
