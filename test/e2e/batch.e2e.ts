import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { ALICE, CHANNEL, startBot, type TestBot } from './bot.ts'
import type { RigHost } from './rig/host.ts'
import { push } from './rig/push.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

const rig = sharedRig()
const [web1, web2, web3, web4] = rig.hosts
if (!web1 || !web2 || !web3 || !web4) throw new Error('the rig has fewer than four hosts')

const short = (revision: string) => revision.slice(0, 7)

let app: RigService
let bot: TestBot
let ended = 0

beforeAll(async () => {
  app = await rig.service('wave', { hosts: rig.hosts, port: 8936 })
  await push(rig, web1, 'wave', 'good')
  const container = { ...Object(app.yaml['container']), image: `${rig.registry}/wave:latest` }
  const changes = { wave: { approval: 'none', batch: 2, container } }
  bot = await startBot({ rig, services: [app], changes })
})
afterAll(async () => {
  await web3.unwrap()
  await bot?.stop()
})

async function deploys(words: string) {
  ended += 1
  await bot.say(words)
  return bot.ended(ended, 60_000)
}

/** As a person does who changes it: the bot reads touchdown.yml when it starts. */
async function onFailure(word: string): Promise<void> {
  const file = join(bot.folder, 'touchdown.yml')
  const config = parse(readFileSync(file, 'utf8'))
  config.services.wave.on_failure = word
  writeFileSync(file, stringify(config))
  await bot.kill('SIGTERM')
  await bot.restart()
}

const allServe = (hosts: readonly RigHost[], revision: string) =>
  Promise.all(hosts.map(host => app.serves(host, revision)))
const containerOn = (host: RigHost) => host.exec(`docker inspect --format '{{.Id}}' wave`)

describe('two at a time after the first, and the third of four fails', () => {
  let last: string
  let blue: string

  it('by default no further one begins', async () => {
    await web3.wrap('git', 'case " $* " in *" reset "*) exit 1 ;; esac')
    const red = await app.recolour('red')
    const thread = await deploys('wave')
    expect(thread.parent).toContain('wave ended partly: 2/4 hosts serve')
    expect(thread.text).toContain('web1 switches first, alone, then the others 2 at a time')
    expect(thread.text).toContain('web4: its turn did not come')
    await allServe([web1, web2], red)
    await allServe([web3, web4], app.revision)
  })

  it('continue: the fourth has its turn', async () => {
    await onFailure('continue')
    last = await app.recolour('green')
    const thread = await deploys('wave')
    expect(thread.parent).toContain('wave ended partly: 3/4 hosts serve')
    await allServe([web1, web2, web4], last)
    await allServe([web3], app.revision)
  })

  it('rollback of a full deploy: the very containers that were there serve again', async () => {
    await onFailure('rollback')
    blue = await app.recolour('blue')
    await web3.wrap('docker', '[ "$1" != create ] || exit 1')
    const before = await Promise.all([web1, web2].map(containerOn))
    const thread = await deploys('wave --full')
    expect(thread.parent).toContain('wave failed at create on web3')
    expect(thread.parent).toContain(`2 hosts were put back to ${short(last)}`)
    expect(thread.text).toContain('the old container wave was put back and runs again')
    expect(await Promise.all([web1, web2].map(containerOn))).toEqual(before)
    await allServe([web1, web2, web4], last)
  })

  it('rollback: those that have switched serve again what they did before, and one press does it again on all', async () => {
    const thread = await deploys('wave')
    expect(thread.parent).toContain(`0/4 hosts serve ${short(blue)}; 2 hosts were put back to ${short(last)}`)
    for (const name of ['web1', 'web2'])
      expect(thread.text).toContain(`${name}: put back because web3 failed: serving ${short(last)}, proved`)
    await allServe([web1, web2, web4], last)

    await web3.unwrap()
    const message = bot.slack
      .messages(CHANNEL)
      .findLast(({ blocks }) => JSON.stringify(blocks).includes('"action_id":"retry"'))
    if (!message) throw new Error('no message has the button')
    const { ts } = message
    await bot.slack.click({
      user: ALICE,
      message: { channel: CHANNEL, ts },
      actionId: 'retry',
      confirms: true,
    })
    ended += 1
    expect((await bot.ended(ended, 60_000)).parent).toContain('wave succeeded')
    await allServe(rig.hosts, blue)
  })

  it('a plain deploy of other requirements is offered as a full one or of the code alone, and done with one press', async () => {
    const next = await app.repo.commit({ files: { 'requirements.txt': 'uwsgi\n' }, message: 'Need more' })
    expect(await bot.ask('wave')).toContain('`/deploy wave --full`')
    const answer = bot.slack.ephemerals(ALICE).at(-1)
    if (!answer) throw new Error('there is no answer')
    await bot.slack.click({ user: ALICE, message: answer, actionId: 'code' })
    ended += 1
    expect((await bot.ended(ended, 60_000)).parent).toContain('wave succeeded')
    await allServe(rig.hosts, next)
    expect(bot.slack.ephemerals(ALICE).at(-1)?.text).toContain('the code deploy of')
    expect(bot.slack.complaints).toEqual([])
  })
})
