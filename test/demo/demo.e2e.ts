import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machineProblem } from '../../demo/machine.ts'

const problem = machineProblem(process.platform, process.env['PATH'] ?? '')
if (problem !== undefined && process.env['TOUCHDOWN_E2E'] === 'required') throw new Error(problem)
if (problem !== undefined) console.warn(`SKIPPED: npm run demo: ${problem}`)

const demos: Demo[] = []

describe.skipIf(problem !== undefined)('npm run demo', () => {
  let usualPort: Server | undefined

  beforeAll(async () => {
    // Taken by us, or by another program already: either way it is taken.
    usualPort = createServer().on('error', () => {})
    usualPort.listen(4000, '127.0.0.1')
    await Promise.race([once(usualPort, 'listening'), once(usualPort, 'error')])
  })
  afterAll(async () => {
    usualPort?.close()
    for (const demo of demos) {
      demo.child.kill('SIGKILL')
      await demo.cleared()
      rmSync(demo.folder, { recursive: true, force: true })
    }
  })

  it('plays the tour in the terminal with another demo beside it, and each leaves nothing behind', async () => {
    const beside = startDemo()
    const tour = startDemo('--tour')
    await beside.says(/The demo is at http:\/\/127\.0\.0\.1:\d+\//)
    expect(beside.output()).toContain('The port 4000 is taken, so another one is used.')
    expect(beside.output()).not.toContain('127.0.0.1:4000/')
    expect(beside.processes().length).toBeGreaterThan(4)
    expect(botEnvOf(beside)).toMatch(
      /^SLACK_BOT_TOKEN=xoxb-[0-9a-f-]{36}\nSLACK_APP_TOKEN=xapp-[0-9a-f-]{36}\n/,
    )

    beside.child.kill('SIGINT')
    expect(await beside.exitCode).toBe(0)
    expect([beside.files(), beside.processes()]).toEqual([[], []])

    expect(await tour.exitCode, tour.output()).toBe(0)
    expect([tour.files(), tour.processes()]).toEqual([[], []])
    const lines = tour.output().split('\n')
    expect(SAID.filter(what => !lines.some(line => what.test(line)))).toEqual([])
  })

  it('leaves nothing behind when it is killed', async () => {
    const demo = startDemo()
    await demo.says(/The demo is at/)
    demo.child.kill('SIGKILL')
    await demo.cleared()
    expect([demo.files(), demo.processes()]).toEqual([[], []])
  })
})

/** In no order: hosts work side by side, and so do a message and its thread. The steps come one after the other by themselves. */
const SAID = [
  /dana: \/deploy lander$/,
  /thread │ +web1: fetch \d/,
  /thread │ +web1: serving \w{7}, proved \(was \w{7}\)/,
  /channel │ lander succeeded: serving \w{7} on 2\/2 hosts, proved/,
  /gus: \/deploy lander$/,
  /private │ Guests of the workspace may not use this bot/,
  /dana: \/deploy lander lost-parachute$/,
  /thread │ +web1: \w{7} was put back; the new code was not loaded/,
  /channel │ web2: its turn did not come/,
  /private │ `package.json` has changed since/,
  /dana presses full/,
  /message │ lander: waiting for an approval of the full deploy/,
  /ari presses approve/,
  /thread │ +@ari approved it/,
  /thread │ +web1: swap \d/,
  /channel │ lander succeeded: serving \w{7} in a new container on 2\/2 hosts, proved/,
  /channel │ lander to staging succeeded: serving \w{7} on 1\/1 hosts, proved/,
  /dana presses rollback/,
  /channel │ lander rolled back: serving \w{7} on 2\/2 hosts, proved/,
  /private │ +stage1: serves \w{7}, HEAD \w{7}, container running, image sha256:/,
  /All \d+ steps of the tour went as they should/,
]

interface Demo {
  readonly child: ChildProcess
  /** For its temporary files. */
  readonly folder: string
  readonly exitCode: Promise<number | null>
  output(): string
  says(what: RegExp): Promise<void>
  files(): readonly string[]
  /** Ids of all processes that it has started, and of those that they have. */
  processes(): readonly string[]
  /** Waits until its keeper has ended. */
  cleared(): Promise<void>
}

function startDemo(...words: readonly string[]): Demo {
  const folder = mkdtempSync(join(tmpdir(), 'demo-'))
  const program = join(import.meta.dirname, '../../dist/demo/main.js')
  const child = spawn(process.execPath, [program, ...words], {
    env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', piece => (text += piece))
  // The keeper has this end of the pipe, too: it closes when the last of both has ended.
  const closed = once(child, 'close')
  const demo: Demo = {
    child,
    folder,
    exitCode: closed.then(() => child.exitCode),
    output: () => text,
    async says(what) {
      const heard = new Promise<void>(resolve => {
        const listen = () => what.test(text) && resolve()
        child.stdout.on('data', listen)
        listen()
      })
      const ended = closed.then(() => {
        throw new Error(`The demo ended without saying ${what}:\n${text}`)
      })
      await Promise.race([heard, ended])
    },
    files: () => readdirSync(folder),
    processes: () => readdirSync('/proc').filter(pid => environOf(pid).includes(folder)),
    cleared: () => closed.then(() => {}),
  }
  demos.push(demo)
  return demo
}

function botEnvOf({ folder, files }: Demo): string {
  return readFileSync(join(folder, files()[0] ?? '', 'bot/.env'), 'utf8')
}

function environOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return ''
  }
}
