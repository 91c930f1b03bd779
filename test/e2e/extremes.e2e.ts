import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'libsql'
import { describe, expect, it, onTestFinished } from 'vitest'
import { testFolder } from '../folder.ts'
import { startBot, type TestBot, type TestBotOptions } from './bot.ts'
import { head } from './held.ts'
import { breaches, journalsFromNow } from './journal.ts'
import { journaled } from './journaled.ts'
import { recordsOf } from './records.ts'
import { must, run, until } from './rig/command.ts'
import type { RigHost } from './rig/host.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'
import { touchdown } from './terminal.ts'

const rig = sharedRig()
const [web1, web2, web3, web4] = rig.hosts
if (!web1 || !web2 || !web3 || !web4) throw new Error('the rig has fewer than four hosts')

const HOUR_MS = 3_600_000
const BOB = 'U02BOB'

/** One service on one host, whose preflight lasts until it is let go, and a bot of its own. */
interface Scene {
  readonly app: RigService
  readonly bot: TestBot
  /** Deploys a new commit, and resolves when its preflight has begun. */
  begin(): Promise<string>
  letGo(): Promise<void>
}

async function scene(
  name: string,
  host: RigHost,
  port: number,
  options: Pick<TestBotOptions, 'env' | 'databaseUrl'> & {
    readonly more?: Readonly<Record<string, unknown>>
  } = {},
): Promise<Scene> {
  const app = await rig.service(name, { hosts: [host], port })
  const preflight = ['sh', '-c', 'while [ -e /app/shut ]; do sleep 0.1; done']
  const { more, ...rest } = options
  const bot = await startBot({ rig, services: [app], changes: { [name]: { preflight, ...more } }, ...rest })
  onTestFinished(() => bot.stop(), 60_000)
  return {
    app,
    bot,
    async begin() {
      const revision = await app.recolour(['red', 'green', 'blue', 'pink'][bot.threads().length] ?? 'grey')
      await host.exec(`touch ${app.path}/shut`)
      const since = host.journal().length
      const { answer } = await bot.say(name)
      await journaled(host, since, name, 'preflight', 'start').catch(error => {
        throw new Error(`${error.message}: ${answer()}\n${bot.log().slice(-3_000)}`)
      })
      return revision
    },
    letGo: () => host.exec(`rm ${app.path}/shut`).then(() => {}),
  }
}

describe.concurrent('a bot', () => {
  it('F11: whose records were restored from an older copy changes nothing, says why, and catches up', async () => {
    const { app, bot } = await scene('x-old', web1, 8941)
    const at = { cwd: bot.folder }
    const file = join(bot.folder, 'touchdown.db')
    await bot.deploy('x-old')
    copyOf(file, `${file}.older`)
    await bot.deploy('x-old')
    await bot.deploy('x-old')
    const { code, stdout } = await touchdown(['check'], at)
    expect(stdout).not.toContain('went back')
    expect(code).toBe(0)

    await bot.kill('SIGTERM')
    await must(['sh', '-c', 'rm "$1" "$1"-*; mv "$1.older" "$1"', 'sh', file])
    await bot.restart()
    const before = await head(web1, app)
    await app.recolour('red')
    const refused = await bot.deploy('x-old')
    expect(refused.parent).toContain('failed at connect on web1: the database went back in time')
    expect(refused.text).toContain(
      'web1: attempt 3 of this installation was there before, and the records had given no number above 2: the database went back in time',
    )
    expect(bot.log()).toMatch(/"level":50.*the database went back in time: see touchdown check/)
    expect(await head(web1, app)).toBe(before)

    const checked = await touchdown(['check'], at)
    expect(checked.stdout).toMatch(
      /web1 \(.*\n(.*\n)*? {2}problem +Attempt 3 of this installation.*touchdown catch-up$/m,
    )
    expect(checked.code).toBe(1)
    const caught = await touchdown(['catch-up'], at)
    expect(caught.stdout).toContain('The hosts have seen attempt 3, and the records had given 2 at most')
    expect(caught.code).toBe(0)
    expect((await bot.deploy('x-old')).parent).toContain('succeeded')
    expect((await touchdown(['catch-up'], at)).stdout).toContain('there was nothing to do')
  })

  it('F1, F2: whose disk is full takes no command, brings to its end what runs, and tells it when there is room', async () => {
    const disk = mkdtempSync(join(tmpdir(), 'touchdown-disk-'))
    await must(['mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk])
    onTestFinished(async () => {
      await must(['umount', '-l', disk])
      rmSync(disk, { recursive: true })
    })
    const fill = () => run(['sh', '-c', 'cat /dev/zero >"$1/full"; cat /dev/zero >>"$1/full"', 'sh', disk])
    const free = () => rmSync(join(disk, 'full'))
    const { app, bot, begin, letGo } = await scene('x-full', web2, 8942, {
      databaseUrl: `sqlite:${disk}/touchdown.db`,
    })

    const revision = await begin()
    await fill()
    expect(await bot.ask('x-full')).toMatch(/not accepted, and nothing was started: .*full/)
    const since = web2.journal().length
    await letGo()
    await journaled(web2, since, 'x-full', 'host-lock', 'end')
    await app.serves(web2, revision)
    expect(bot.threads()[0]?.broadcasts).toEqual([])
    free()
    const thread = await bot.ended(1)
    expect(thread.parent).toContain('x-full succeeded')
    expect(thread.broadcasts).toHaveLength(1)
    expect(bot.threads()).toHaveLength(1)

    await bot.kill('SIGTERM')
    await fill()
    const refused = await touchdown(['start'], { cwd: bot.folder })
    expect(refused.stderr).toMatch(/touchdown\.db are not used: .*that the disk has room, then start again/)
    expect(refused.code).toBe(65)
    free()
    await bot.restart()
    await app.recolour('green')
    expect((await bot.deploy('x-full')).parent).toContain('succeeded')
  })

  it('D5: whose clock jumps an hour ahead and two back goes on; what waits for approval counts by that clock', async () => {
    const journals = journalsFromNow([web3])
    const jump = join(testFolder('clock'), 'jump')
    const preload = join(import.meta.dirname, 'programs/clock.mjs')
    const staging = { approval: 'all', approvers: [BOB] }
    const { bot, begin, letGo } = await scene('x-clock', web3, 8943, {
      env: { NODE_OPTIONS: `--import ${preload}`, CLOCK_JUMP: jump },
      more: { environments: { staging } },
    })
    const jumpBy = (ms: number) => {
      writeFileSync(jump, String(ms))
      bot.signal('SIGUSR2')
    }

    await begin()
    await bot.say('x-clock to staging')
    await bot.slack.waitFor(
      () => bot.threads()[1]?.parent.includes('approve') || undefined,
      20_000,
      'it is asked',
    )
    jumpBy(HOUR_MS)
    await bot.slack.waitFor(
      () => bot.threads()[1]?.parent.includes('not approved in time') || undefined,
      20_000,
      'it expires',
    )
    await letGo()
    const ahead = await bot.ended(1)
    // @slack/socket-mode 3.1 counts its pongs by that clock.
    await connectedAgain(bot)
    await begin()
    jumpBy(-HOUR_MS)
    await letGo()
    const back = await bot.ended(3)
    for (const thread of [ahead, back]) {
      expect(thread.parent).toContain('x-clock succeeded')
      expect(thread.parent).not.toMatch(/\d (h|min)\b/)
      expect(thread.broadcasts).toHaveLength(1)
      expect(thread.text).not.toContain('taken up again')
    }
    expect(breaches(journals())).toEqual([])
  })

  it('D6: that is stopped for 60 s in mid-deploy looks at the hosts when it wakes, and brings it to its end, once', async () => {
    const journals = journalsFromNow([web4])
    const { app, bot, begin, letGo } = await scene('x-stop', web4, 8944)
    const revision = await begin()
    bot.signal('SIGSTOP')
    await letGo()
    await sleep(60_000)
    bot.signal('SIGCONT')
    const thread = await bot.ended(1, 90_000)
    expect(thread.parent).toContain('x-stop succeeded')
    expect(thread.text).toContain('taken up again: ')
    expect(thread.broadcasts).toHaveLength(1)
    await app.serves(web4, revision)
    expect(recordsOf(bot).deployments).toMatchObject([{ status: 'succeeded', resumes: 1 }])
    // Slack has not heard of it for a minute, either.
    await connectedAgain(bot)
    const next = await app.recolour('green')
    expect((await bot.deploy('x-stop')).parent).toContain('succeeded')
    await app.serves(web4, next)
    expect(breaches(journals())).toEqual([])
  }, 240_000)
})

const connectedAgain = (bot: TestBot) =>
  until(
    'it is connected to Slack again',
    async () => bot.log().split('Connected to Slack.').length > 2 || undefined,
  )

/** Of the moment, while a bot has it open. */
function copyOf(file: string, copy: string): void {
  const database = new Database(file, { timeout: 5_000 })
  try {
    database.exec(`VACUUM INTO '${copy}'`)
  } finally {
    database.close()
  }
}
