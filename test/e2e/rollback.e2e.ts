import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, startBot, type TestBot } from './bot.ts'
import { recordsOf } from './records.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

const rig = sharedRig()
const [web1, web2] = rig.hosts
if (!web1 || !web2) throw new Error('the rig has fewer than two hosts')
const hosts = [web1, web2]

const BOB = 'U02BOB'
const short = (revision: string) => revision.slice(0, 7)

let app: RigService
let bot: TestBot
let red: string
let green: string

beforeAll(async () => {
  app = await rig.service('back', { hosts, port: 8931 })
  bot = await startBot({ rig, services: [app], changes: { back: { deployers: [ALICE, BOB] } } })
  red = await app.recolour('red')
  expect((await bot.deploy('back')).parent).toContain('succeeded')
  green = await app.recolour('green')
  expect((await bot.deploy('back')).parent).toContain('succeeded')
})
afterAll(() => bot?.stop())

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
