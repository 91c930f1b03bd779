import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, startBot, type TestBot } from './bot.ts'
import { messageOf, press } from './pressed.ts'
import { recordsOf } from './records.ts'
import { type Front, startFront } from './rig/front.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

const rig = sharedRig()
const [web1, web2] = rig.hosts
if (!web1 || !web2) throw new Error('the rig has fewer than two hosts')
const hosts = [web1, web2]

const BOB = 'U02BOB'
const short = (revision: string) => revision.slice(0, 7)

const CAROL = 'U04CAROL'
const PASSWORD = 'correct-horse-rollback-4711'

let front: Front
let app: RigService
let boxed: RigService
let bot: TestBot
let red: string
let green: string

beforeAll(async () => {
  app = await rig.service('back', { hosts, port: 8931 })
  front = await startFront(rig.registry, 'ci', PASSWORD)
  boxed = await rig.service('back-box', { hosts, port: 8932 })
  bot = await startBot({
    rig,
    services: [app, boxed],
    changes: {
      back: { deployers: [ALICE, BOB] },
      'back-box': {
        deployers: [ALICE, BOB, CAROL],
        approvers: [ALICE, BOB],
        container: { ...Object(boxed.yaml['container']), image: `${front.name}/back-box:latest` },
      },
    },
    registries: { [front.name]: { username: 'ci', password: { secret: 'REGISTRY_PASSWORD' } } },
    env: { REGISTRY_PASSWORD: PASSWORD },
  })
  bot.slack.setUser({ id: CAROL, name: 'carol' })
  red = await app.recolour('red')
  expect((await bot.deploy('back')).parent).toContain('succeeded')
  green = await app.recolour('green')
  expect((await bot.deploy('back')).parent).toContain('succeeded')
})
afterAll(async () => {
  await bot?.stop()
  await front?.close()
})

describe('a rollback', () => {
  it('serves the last good revision again while the git server hangs, told and audited as a rollback', async () => {
    await rig.freezeGit()
    await bot.say('rollback back')
    // Whoever asked the server would wait longer than that.
    const thread = await bot.ended(3, 20_000).finally(rig.thawGit)
    for (const host of hosts) await app.serves(host, red)
    expect(thread.parent).toContain(`back rolled back: serving ${short(red)} on 2/2 hosts, proved`)
    expect(thread.text).toContain(`started: rollback to ${short(red)} on web1 and web2`)
    expect(thread.text).toContain(`back from ${short(green)}`)
    expect(thread.text).not.toMatch(/web\d: fetch/)
    expect(thread.broadcasts).toHaveLength(1)
    expect(thread.broadcasts[0]).toContain('/deploy lock back <reason>')
    const { audit } = recordsOf(bot)
    expect(audit.at(-1)).toMatchObject({ action: 'rollback', decision: 'accepted', actor: ALICE })
  })

  it('to a revision that never succeeded is refused, with those that did', async () => {
    const never = await app.recolour('never')
    expect(await bot.ask(`rollback back ${never}`)).toContain(short(green))
    expect(recordsOf(bot).audit.at(-1)).toMatchObject({ action: 'rollback', decision: 'no-rollback' })
    expect(recordsOf(bot).deployments).toHaveLength(3)
    for (const host of hosts) await app.serves(host, red)
  })
})

describe('a lock', () => {
  it('survives a restart, refuses others with holder and reason, lets its holder deploy, and is lifted', async () => {
    expect(await bot.ask('lock back for 2h until the leak — “green” — is found')).toContain('is locked')
    await bot.kill('SIGKILL')
    await bot.restart()
    const refusal = await bot.ask('back', BOB)
    expect(refusal).toContain('until the leak — “green” — is found')
    expect(refusal).toContain(`<@${ALICE}>`)
    expect(refusal).toContain('/deploy unlock back')
    expect(await bot.ask('lock back mine', BOB)).toContain('back is locked by')
    expect(await bot.ask('rollback back', BOB)).toContain('back is locked by')
    expect(await bot.ask('status back', BOB)).toContain('until the leak')
    expect(recordsOf(bot).deployments).toHaveLength(3)

    expect((await bot.deploy('back')).parent).toContain('back succeeded')
    expect(await bot.ask('unlock back', BOB)).toContain('It was the lock of')
    expect((await bot.deploy('back', BOB)).parent).toContain('back succeeded')
    expect(bot.slack.complaints).toEqual([])
  })
})

/** Another image under the service's tag, as a build would push it. */
async function push(label: string): Promise<void> {
  const name = `${rig.registry}/back-box:latest`
  await web2?.exec(`docker create --name back-made ${rig.image.reference} >/dev/null
    docker commit --change 'LABEL made=${label}' back-made ${name} >/dev/null && docker rm back-made >/dev/null && docker push -q ${name}`)
}

async function approved(number: number, by: string) {
  await messageOf(bot, number)
  await press(bot, by, 'approve', number)
  return bot.ended(number)
}

const imagesOf = () =>
  Promise.all(hosts.map(host => host.exec(`docker inspect --format '{{.Config.Image}}' back-box`)))

describe('Roll back after a new container', () => {
  it('brings the old image and code with neither git server nor registry, and offers a lock that holds', async () => {
    const count = bot.threads().length
    await push('old')
    await bot.say('back-box --full')
    await approved(count + 1, BOB)
    const [old] = await imagesOf()
    const revision = await boxed.recolour('new')
    await push('new')
    await bot.say('back-box --full')
    await approved(count + 2, BOB)
    expect(await imagesOf()).not.toContain(old)
    for (const host of hosts) await boxed.serves(host, revision)

    front.shut()
    await rig.freezeGit()
    await press(bot, BOB, 'rollback', count + 2)
    const { parent, text, broadcasts } = await approved(count + 3, ALICE).finally(rig.thawGit)
    front.open()
    expect(parent).toContain(
      `back-box rolled back: serving ${short(boxed.revision)} in a new container on 2/2 hosts`,
    )
    expect(text).toContain(
      `started: rollback to ${short(boxed.revision)} in a new container on web1 and web2`,
    )
    expect(await imagesOf()).toEqual([old, old])
    for (const host of hosts) await boxed.serves(host, boxed.revision)
    expect(broadcasts[0]).toContain(`Asked for by <@${BOB}>, approved by <@${ALICE}>`)

    await press(bot, BOB, 'lock', count + 3)
    const why = `rolled back from ${short(revision)} to ${short(boxed.revision)}`
    await bot.slack.waitFor(
      () => bot.slack.ephemerals(BOB).some(each => each.text.includes(why)) || undefined,
    )
    expect(await bot.ask('back-box', CAROL)).toContain(why)
    await press(bot, BOB, 'rollback', count + 2, true)
    const audits = () => recordsOf(bot).audit.filter(({ action }) => action === 'rollback')
    await bot.slack.waitFor(() => audits().at(-1)?.decision === 'overtaken' || undefined)
    expect(bot.slack.complaints).toEqual([])
  })
})
