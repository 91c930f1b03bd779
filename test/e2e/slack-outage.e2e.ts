import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Outage } from '../../demo/slack/local-slack.ts'
import { startBot, type TestBot, type Thread } from './bot.ts'
import { line, short } from './held.ts'
import { recordsOf } from './records.ts'
import { until } from './rig/command.ts'
import type { RigHost } from './rig/host.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

/**
 * An hour without Slack, scaled down to half a minute. What is scaled is the length alone. The pauses between two tries are as they are:
 * they grow to 30 s at most and never end (test/slack/publisher.test.ts goes through a whole hour in a clock of its own), and
 * SLACK_DEAF_LIMIT is 15 s where people have 5 min.
 */

const rig = sharedRig()
const [web1, web2] = rig.hosts
if (!web1 || !web2) throw new Error('the rig has fewer than two hosts')

let running: RigService
let waiting: RigService
let pair: RigService
const bots: TestBot[] = []

beforeAll(async () => {
  running = await rig.service('o-running', { hosts: [web1], port: 8950 })
  waiting = await rig.service('o-waiting', { hosts: [web1], port: 8951 })
  pair = await rig.service('o-pair', { hosts: [web1, web2], port: 8952 })
})
afterAll(() => Promise.all(bots.map(bot => bot.stop())))

async function bot(services: readonly RigService[], env: Readonly<Record<string, string>>): Promise<TestBot> {
  const started = await startBot({ rig, services, env })
  bots.push(started)
  return started
}

const statuses = ({ folder }: TestBot) => recordsOf({ folder }).deployments.map(({ status }) => status)
const become = (bot: TestBot, ...wanted: readonly string[]) =>
  until(
    `deployments are ${wanted.join(', ')}`,
    async () => `${statuses(bot)}` === `${wanted}` || undefined,
    90_000,
  ).catch((error: Error) => {
    throw new Error(`${error.message}: they are ${statuses(bot).join(', ')}\n${bot.log()}`)
  })
const refused = (outage: Outage, count: number) =>
  until(`Slack was tried ${count} times`, async () => outage.refused() >= count || undefined, 90_000)

/** This thread tells everything once. */
function expectToldOnce({ parent, replies, broadcasts }: Thread, end: string): void {
  expect(parent).toContain(end)
  expect(broadcasts).toEqual([expect.stringContaining(end)])
  expect(new Set(replies).size).toBe(replies.length)
}

it('an hour without Slack: what runs and what waits ends on its host, and is told afterwards, once and in order', async () => {
  const port = await freePort()
  const health = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`)
    return { status: response.status, text: await response.text() }
  }
  const here = await bot([running, waiting], { HEALTH_PORT: `${port}` })
  expect(await health()).toMatchObject({ status: 200, text: expect.stringContaining('Slack is connected') })

  const [first, second] = [await running.recolour('red'), await waiting.recolour('blue')]
  const release = await shut(web1)
  const reset = line(web1, / o-running\.production reset start -$/)
  await here.say('o-running')
  await reset()
  await here.say('o-waiting')
  await become(here, 'running', 'queued')
  const outage = here.slack.faults.outage()
  await release()

  await become(here, 'succeeded', 'succeeded')
  await running.serves(web1, first)
  await waiting.serves(web1, second)
  await refused(outage, 8)
  expect(await health()).toMatchObject({
    status: 503,
    text: expect.stringMatching(
      /^problem {2}Slack is not connected since \S+Z [\s\S]*ok {7}Slack does not show what happened since /,
    ),
  })
  expect(here.slack.messages('C01GEN').filter(({ text }) => text.includes('succeeded'))).toEqual([])
  outage.end()

  expectToldOnce(await here.ended(1), `o-running succeeded: serving ${short(first)}`)
  expectToldOnce(await here.ended(2), `o-waiting succeeded: serving ${short(second)}`)
  const ends = here.slack.timeline('C01GEN').filter(({ broadcast }) => broadcast)
  expect(ends.map(({ text }) => /o-\w+/.exec(text)?.[0])).toEqual(['o-running', 'o-waiting'])
  await here.slack.waitFor(({ openConnections }) => openConnections === 1, 40_000, 'a new socket')
  expect(await here.ask('history')).toContain(short(second))
  expect(await health()).toMatchObject({ status: 200 })
})

it('a bot that was deaf for too long ends with 1; started again it goes on, and tells', async () => {
  const here = await bot([pair], { SLACK_DEAF_LIMIT: '15s' })
  const revision = await pair.recolour('green')
  const release = await shut(web1)
  const reset = line(web1, / o-pair\.production reset start -$/)
  await here.say('o-pair')
  await reset()
  const outage = here.slack.faults.outage()
  await until(
    'it has been deaf for too long',
    async () => here.log().includes('SLACK_DEAF_LIMIT') || undefined,
    90_000,
  )
  await release()
  expect(await here.exited()).toBe(1)
  // The host that was switching is done, the other one is left to the next start.
  await pair.serves(web1, revision)
  expect((await web2.http(pair.port)).revision).not.toBe(revision)
  expect(statuses(here)).toEqual(['running'])

  outage.end()
  await here.restart()
  const thread = await here.ended(1)
  expectToldOnce(thread, `o-pair succeeded: serving ${short(revision)} on 2/2 hosts`)
  await pair.serves(web2, revision)
})

/** Every reset on the host waits until the function that you get is called. */
async function shut(host: RigHost): Promise<() => Promise<unknown>> {
  await host.exec('touch /run/shut')
  await host.wrap('git', 'case " $* " in *" reset "*) while [ -e /run/shut ]; do sleep 0.02; done ;; esac')
  return () => host.exec('rm -f /run/shut').finally(() => host.unwrap())
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('it does not listen')
  return address.port
}
