import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LocalSlack } from '../../demo/slack/local-slack.ts'
import { startLocalSlack } from '../../demo/slack/server.ts'
import { testFolder } from '../folder.ts'
import { ALICE, startBot, type TestBot } from './bot.ts'
import { recordsOf } from './records.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'
import { touchdown } from './terminal.ts'

const rig = sharedRig()
const [web1] = rig.hosts
if (!web1) throw new Error('the rig has no host')
const me = `cli:${userInfo().username}`

let slack: LocalSlack
let folder: string

beforeAll(async () => {
  slack = await startLocalSlack({
    team: { id: 'T01', name: 'Example' },
    users: [],
    channels: [],
    tokens: { bot: 'xoxb-right', app: 'xapp-right' },
  })
  folder = mkdtempSync(join(tmpdir(), 'touchdown-start-'))
  cpSync(rig.sshKeyFile, join(folder, 'key'))
  writeFileSync(join(folder, 'touchdown.yml'), RIGHT)
})
afterAll(async () => {
  await slack?.close()
  rmSync(folder, { recursive: true })
})

const RIGHT = `channel: C01GEN
hosts:
  web1: { address: 127.0.0.1, port: 1, user: deploy }
services:
  app:
    repo: ssh://git@127.0.0.1:1/app.git
    ref: main
    hosts: [web1]
    path: /srv/app
    container: { image: "example.com/app:1", mount: /app }
    touch: .reload
`

const inFolder = (words: readonly string[], env: Readonly<Record<string, string | undefined>>) =>
  touchdown(words, { cwd: folder, env })

function settings(changes: Readonly<Record<string, string | undefined>> = {}) {
  return {
    SLACK_BOT_TOKEN: 'xoxb-right',
    SLACK_APP_TOKEN: 'xapp-right',
    SLACK_API_URL: slack.apiUrl,
    SSH_KEY: 'key',
    SSH_KNOWN_HOSTS: join(folder, 'known_hosts'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    ...changes,
  }
}

const linesOf = (text: string) => text.split('\n').filter(line => line.trim() !== '')

describe('a Slack token that Slack will not have', () => {
  it.each([
    ['the bot token is wrong', { SLACK_BOT_TOKEN: 'xoxb-wrong' }, 'SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'],
    ['the app token is wrong', { SLACK_APP_TOKEN: 'xapp-wrong' }, 'SLACK_APP_TOKEN', 'SLACK_BOT_TOKEN'],
  ])('%s: one line names the variable, exit 78', async (_, change, named, unnamed) => {
    const { code, stdout, stderr } = await inFolder(['start'], settings(change))
    const lines = linesOf(stdout + stderr)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(`${named} is not accepted: Slack says invalid_auth`)
    expect(lines[0]).not.toContain(unnamed)
    expect(lines[0]).not.toContain('wrong')
    expect(code).toBe(78)
  })

  it('both are swapped: each is named, before Slack is asked', async () => {
    const calls = slack.calls.length
    const swapped = { SLACK_BOT_TOKEN: 'xapp-right', SLACK_APP_TOKEN: 'xoxb-right' }
    const { code, stderr } = await inFolder(['start'], settings(swapped))
    expect(stderr).toMatch(/SLACK_BOT_TOKEN does not begin with xoxb- but is a token of another kind/)
    expect(stderr).toMatch(/SLACK_APP_TOKEN does not begin with xapp- but is a token of another kind/)
    expect(stderr).not.toContain('right')
    expect(code).toBe(78)
    expect(slack.calls).toHaveLength(calls)
  })

  it('one is missing: it is named with where to find it', async () => {
    const { code, stderr } = await inFolder(['start'], settings({ SLACK_APP_TOKEN: '' }))
    expect(stderr).toMatch(/SLACK_APP_TOKEN is missing; it begins with xapp-.*Basic Information/)
    expect(code).toBe(78)
  })
})

describe('a key file that may not be used', () => {
  it('is not there', async () => {
    const { code, stderr } = await inFolder(['start'], settings({ SSH_KEY: 'gone' }))
    expect(stderr).toMatch(/SSH_KEY names gone, which does not exist/)
    expect(code).toBe(78)
  })

  it('can be read by others: the rule, and the command that mends it', async () => {
    cpSync(rig.sshKeyFile, join(folder, 'open'))
    chmodSync(join(folder, 'open'), 0o644)
    const { code, stderr } = await inFolder(['start'], settings({ SSH_KEY: 'open', GIT_KEY: 'open' }))
    for (const variable of ['SSH_KEY', 'GIT_KEY'])
      expect(stderr).toMatch(
        new RegExp(`${variable} names open, which others may read or write \\(mode 0644\\).*chmod 600 open`),
      )
    expect(code).toBe(78)
  })

  it('holds no key, and is not quoted', async () => {
    writeFileSync(join(folder, 'note'), 'my secret words\n', { mode: 0o600 })
    const { code, stderr } = await inFolder(['start'], settings({ SSH_KEY: 'note' }))
    expect(stderr).toMatch(/SSH_KEY names note, which /)
    expect(stderr).not.toContain('secret words')
    expect(code).toBe(78)
  })
})

describe('a configuration that is wrong', () => {
  it('has three problems: all are told with their lines, exit 78', async () => {
    const wrong = RIGHT.replace('touch: .reload', 'toch: .reload')
      .replace('hosts: [web1]', 'hosts: [web2]')
      .replace('port: 1,', 'port: 100000,')
    writeFileSync(join(folder, 'wrong.yml'), wrong)
    const { code, stdout, stderr } = await inFolder(
      ['start'],
      settings({ TOUCHDOWN_CONFIG: 'wrong.yml', SSH_KEY: 'gone' }),
    )
    expect(stdout).toBe('')
    expect(stderr).toMatch(/line 3: hosts\.web1\.port .*65535/)
    expect(stderr).toMatch(/line 8: services\.app\.hosts.*web2.*web1/)
    expect(stderr).toMatch(/line 11: services\.app.*toch.*touch/)
    expect(stderr).toContain('SSH_KEY')
    expect(stderr).toContain('Nothing was started.')
    expect(code).toBe(78)
  })

  it('is no YAML: the line is told', async () => {
    writeFileSync(join(folder, 'broken.yml'), `${RIGHT}\n  x: [\n`)
    const { code, stderr } = await inFolder(['start'], settings({ TOUCHDOWN_CONFIG: 'broken.yml' }))
    expect(stderr).toMatch(/broken\.yml:\n {2}line \d+: /)
    expect(code).toBe(78)
  })

  it('is missing: what to copy', async () => {
    const { code, stderr } = await inFolder(['start'], settings({ TOUCHDOWN_CONFIG: 'none.yml' }))
    expect(stderr).toMatch(
      /TOUCHDOWN_CONFIG There is no readable file none\.yml\. Copy touchdown\.example\.yml/,
    )
    expect(code).toBe(78)
  })

  it('everything of a first start is told at once', async () => {
    const empty = testFolder('first')
    const bare = Object.fromEntries(Object.keys(settings()).map(name => [name, undefined]))
    const { code, stderr } = await touchdown(['start'], { cwd: empty, env: bare })
    for (const variable of ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'TOUCHDOWN_CONFIG', 'SSH_KEY'])
      expect(stderr).toContain(variable)
    expect(code).toBe(78)
  })
})

describe('a port for the health check that is taken', () => {
  it('is named with what to do, before anything is resumed, exit 78', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const calls = slack.calls.length
    const { code, stderr } = await inFolder(['start'], settings({ HEALTH_PORT: port }))
    other.close()
    expect(linesOf(stderr)).toEqual([
      expect.stringContaining(
        `HEALTH_PORT is ${port}, but another program already listens on 127.0.0.1:${port}.`,
      ),
    ])
    expect(code).toBe(78)
    expect(slack.calls).toHaveLength(calls)
  })
})

describe('records that cannot be used', () => {
  it('are of another program: the file is left alone, exit 65', async () => {
    writeFileSync(join(folder, 'other.db'), 'not a database, but mine\n'.repeat(100))
    const { code, stderr } = await inFolder(['start'], settings({ DATABASE_URL: 'sqlite:other.db' }))
    expect(linesOf(stderr)).toHaveLength(1)
    expect(stderr).toMatch(/other\.db are not used/)
    expect(code).toBe(65)
  })
})

describe('Slack that cannot be reached', () => {
  it.each([
    ['SIGTERM', ['SIGTERM']],
    ['one Ctrl-C that comes as two signals', ['SIGINT', 'SIGTERM']],
  ] as const)('is asked again and again; %s ends it all the same, exit 0', async (_, signals) => {
    const { TOUCHDOWN_E2E, CI, ...inherited } = process.env
    const env = { ...inherited, ...settings({ SLACK_API_URL: 'http://127.0.0.1:8899/api/' }) }
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../dist/main.js'), 'start'], {
      cwd: folder,
      env: { ...env, DATABASE_URL: 'sqlite:unreached.db' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let stderr = ''
    for await (const text of child.stderr) {
      stderr += text
      if (stderr.includes('tried again in 2 s')) for (const signal of signals) child.kill(signal)
    }
    if (child.exitCode === null) await once(child, 'exit')
    expect(stderr).toContain('Slack cannot be reached (ECONNREFUSED)')
    expect(stderr).not.toContain('AbortError')
    expect(child.exitCode).toBe(0)
  })
})

describe('the terminal', () => {
  let app: RigService
  let bot: TestBot

  beforeAll(async () => {
    app = await rig.service('c-term', { hosts: [web1], port: 8871 })
    bot = await startBot({ rig, services: [app], changes: { 'c-term': { deployers: [ALICE, me] } } })
  })
  afterAll(() => bot?.stop())

  const type = (...words: readonly string[]) =>
    touchdown(words, { cwd: bot.folder, env: { XDG_CACHE_HOME: join(bot.folder, 'cache') } })

  it('shows help without Slack and without any configuration', async () => {
    const empty = testFolder('help')
    const bare = Object.fromEntries(Object.keys(settings()).map(name => [name, undefined]))
    for (const word of ['help', '--help', '-h']) {
      const { code, stdout, stderr } = await touchdown([word], { cwd: empty, env: bare })
      expect(stdout).toContain('touchdown <service> [<ref>] [to <environment>]')
      for (const verb of ['status', 'history', 'cancel', 'start', 'check', 'trust <host>'])
        expect(stdout).toContain(`touchdown ${verb}`)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    }
  })

  it('rehearses a deployment: the same steps in the same order as the host’s journal of the real one', async () => {
    const revision = await app.recolour('red')
    const before = web1.journal().length
    const rehearsed = await type('c-term', '--dry-run')
    expect(rehearsed.code).toBe(0)
    expect(rehearsed.stdout).toContain(revision.slice(0, 7))
    expect(rehearsed.stdout).toContain('Nothing was changed.')
    expect(web1.journal()).toHaveLength(before)
    expect((await web1.http(app.port)).revision).toBe(app.revision)
    expect(recordsOf(bot).deployments).toEqual([])

    const deployed = await type('c-term')
    expect(deployed.stdout).toMatch(/c-term succeeded: serving [0-9a-f]{7} on 1\/1 hosts?, proved/)
    expect(deployed.code).toBe(0)
    await app.serves(web1, revision)

    const planned = stepsIn(rehearsed.stdout)
    const done = web1
      .journal()
      .slice(before)
      .filter(line => line.endsWith(' start -'))
      .map(line => line.split(' ')[3] ?? '')
      .filter(step => WORDS.some(([, name]) => name === step))
    expect(planned).toEqual(['fetch', 'reset', 'mount', 'preflight', 'touch'])
    expect(done).toEqual(planned)
  })

  it('its deployment is told in Slack by the bot beside it', async () => {
    const thread = await bot.ended(1)
    expect(thread.parent).toContain('c-term succeeded')
    expect(thread.parent).toContain(me)
  })

  it('refuses as Slack does: a sentence with the nearest right thing, an audit row, exit 2', async () => {
    const { code, stdout } = await type('c-trem')
    expect(stdout).toMatch(/no service `c-trem`. Did you mean `c-term`/)
    expect(code).toBe(2)
    expect(recordsOf(bot).audit.at(-1)).toMatchObject({ actor: me, decision: 'unknown-service' })
  })
})

/** How each step begins in the rehearsal's words, and its name in the journal. */
const WORDS: readonly (readonly [string, string])[] = [
  ['clone ', 'clone'],
  ['fetch ', 'fetch'],
  ['keep local edits', 'keep'],
  ['reset ', 'reset'],
  ['start the container', 'start'],
  ['unpause the container', 'unpause'],
  ['restart the container', 'restart'],
  ['make the container', 'run'],
  ['check that the container', 'mount'],
  ['run in the container', 'preflight'],
  ['touch ', 'touch'],
]

/** The numbered lines, as step names; what is no step of a host (asking the service) or only possible is left out. */
function stepsIn(rehearsal: string): readonly string[] {
  const lines = [...rehearsal.matchAll(/^ *\d+\. (.*)$/gm)].map(([, text = '']) => text)
  return lines
    .filter(text => !text.includes('if the commit shows that there is anything'))
    .flatMap(text => WORDS.find(([start]) => text.startsWith(start))?.[1] ?? [])
}
