import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { LocalSlack } from '../../demo/slack/local-slack.ts'
import { startLocalSlack } from '../../demo/slack/server.ts'
import { type BotProcess, startProcess } from './bot-process.ts'
import type { RigHost } from './rig/host.ts'
import type { Rig } from './rig/rig.ts'
import type { RigService } from './rig/service.ts'

export const CHANNEL = 'C01GEN'
export const ALICE = 'U01ALICE'

/** A message or reply as people see it: its text and everything its blocks say. */
export interface Seen {
  readonly ts: string
  readonly text: string
}

/** The real bot process, driven through .env, touchdown.yml and Slack alone. */
export interface TestBot extends BotProcess {
  readonly slack: LocalSlack
  readonly folder: string
  /**
   * One more process on the same configuration, records and Slack, which then gives its commands to both in turn. `env` goes before
   * .env: another DATABASE_URL leads to the same records by another way. Killed with the first one at the end.
   */
  another(env?: Readonly<Record<string, string>>): Promise<BotProcess>
  /** `/deploy <text>` in #general; resolves when it was acknowledged. */
  say(text: string, user?: string): Promise<{ ackedWithinMs: number | undefined; answer: () => string }>
  /** Says it and waits for what the asker alone is answered. */
  ask(text: string, user?: string): Promise<string>
  /** Says it, waits for the end, and gives the whole thread as text. */
  deploy(text: string, user?: string): Promise<Thread>
  /** The thread whose broadcast ends it, counted from the first deployment of this bot. */
  ended(number: number, timeoutMs?: number): Promise<Thread>
  /** Of one channel; default: the one for all. */
  threads(channel?: string): readonly Thread[]
  /** All processes, Slack and the folder. */
  stop(): Promise<void>
}

export interface Thread {
  readonly parent: string
  readonly replies: readonly string[]
  /** Replies that were also sent to the channel. */
  readonly broadcasts: readonly string[]
  /** All of it, for assertions about what was said anywhere. */
  readonly text: string
}

export interface TestBotOptions {
  readonly rig: Rig
  readonly services: readonly RigService[]
  /** Over what the services say of themselves, by service name. */
  readonly changes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly env?: Readonly<Record<string, string>>
  /** Default: the bot that `npm run build` made. */
  readonly program?: string
  /** Default: a file in the bot's folder. */
  readonly databaseUrl?: string
  readonly registries?: Readonly<Record<string, unknown>>
  readonly people?: Readonly<Record<string, string>>
  /** Over the rig's addresses: other ports or pins. */
  readonly hosts?: Readonly<Record<string, unknown>>
}

/** Starts a local Slack and the built bot (`npm run build` comes first: see setup.ts). Everything it writes is below one folder. */
export async function startBot(options: TestBotOptions): Promise<TestBot> {
  const slack = await startLocalSlack({
    team: { id: 'T01', name: 'Example' },
    users: [
      { id: ALICE, name: 'alice' },
      { id: 'U02BOB', name: 'bob' },
      { id: 'U03GUEST', name: 'guest', is_restricted: true },
    ],
    channels: [
      { id: CHANNEL, name: 'general' },
      { id: 'C02NOBOT', name: 'elsewhere', has_bot: false },
    ],
    groups: [{ id: 'S0TEAM', handle: 'team', users: [ALICE] }],
    tokens: { bot: 'xoxb-test', app: 'xapp-test' },
  })
  const folder = mkdtempSync(join(tmpdir(), 'touchdown-e2e-'))
  writeFileSync(join(folder, '.env'), dotenv(options, slack.apiUrl, folder))
  writeFileSync(join(folder, 'touchdown.yml'), stringify(configOf(options)))

  const processes: BotProcess[] = []
  async function start(env: Readonly<Record<string, string>>): Promise<BotProcess> {
    const cache = join(folder, processes.length === 0 ? 'cache' : `cache-${processes.length + 1}`)
    const own = { XDG_CACHE_HOME: cache, ...options.env, ...env }
    const started = await startProcess(slack, folder, own, options.program)
    processes.push(started)
    return started
  }
  const logs = () => processes.map(each => each.log().slice(-3_000)).join('\n')

  const threads = (channel = CHANNEL) =>
    slack
      .messages(channel)
      .filter(message => message.thread_ts === undefined && message.via === 'chat.postMessage')
      .map(parent => threadOf(slack, channel, parent.ts, textOf(parent)))
  const ended = (number: number, timeoutMs = 60_000) =>
    slack
      .waitFor(
        () => {
          const thread = threads()[number - 1]
          return thread?.broadcasts.length === 1 && ENDED.test(thread.parent) ? thread : undefined
        },
        timeoutMs,
        `deployment ${number} ends`,
      )
      .catch((error: Error) => {
        throw new Error(`${error.message}\n${JSON.stringify(threads(), null, 1)}\n${logs()}`)
      })

  const say: TestBot['say'] = async (text, user = ALICE) => {
    const before = slack.ephemerals(user).length
    const outcome = await slack.command({ user, channel: CHANNEL, text })
    const answer = () =>
      [outcome.userSaw ?? '', ...slack.ephemerals(user).slice(before).map(textOf)].join('\n')
    return { ackedWithinMs: outcome.ackedWithinMs, answer }
  }

  const first = await start({})
  return {
    ...first,
    slack,
    folder,
    another: (env = {}) => start(env),
    say,
    async ask(text, user = ALICE) {
      const { answer } = await say(text, user)
      const what = `an answer to ${text.slice(0, 80)}`
      return slack.waitFor(() => answer().trim() || undefined, 20_000, what)
    },
    async deploy(text, user) {
      const number = threads().length + 1
      await say(text, user)
      return ended(number)
    },
    ended,
    threads,
    async stop() {
      // One that a test has stopped takes no signal but this.
      for (const each of processes) each.signal('SIGCONT')
      await Promise.all(processes.map(each => each.kill('SIGTERM')))
      await slack.close()
      rmSync(folder, { recursive: true })
    },
  }
}

const ENDED = /succeeded|rolled back|failed|ended partly|interrupted|cancelled/

function dotenv({ rig, databaseUrl }: TestBotOptions, apiUrl: string, folder: string): string {
  return [
    'SLACK_BOT_TOKEN=xoxb-test',
    'SLACK_APP_TOKEN=xapp-test',
    `SLACK_API_URL=${apiUrl}`,
    `SSH_KEY=${rig.sshKeyFile}`,
    `GIT_KEY=${rig.gitKeyFile}`,
    `SSH_KNOWN_HOSTS=${rig.knownHostsFile}`,
    `DATABASE_URL=${databaseUrl ?? `sqlite:${join(folder, 'touchdown.db')}`}`,
    '',
  ].join('\n')
}

function configOf({ rig, services, changes, registries, people, hosts }: TestBotOptions): unknown {
  const entry = ({ address, port, user }: RigHost) => ({ address, port, user })
  return {
    channel: CHANNEL,
    hosts: { ...Object.fromEntries(rig.hosts.map(host => [host.name, entry(host)])), ...hosts },
    ...(registries && { registries }),
    ...(people && { people }),
    services: Object.fromEntries(
      services.map(service => [
        service.name,
        { ...service.yaml, deployers: [ALICE], ...changes?.[service.name] },
      ]),
    ),
  }
}

function threadOf(slack: LocalSlack, channel: string, ts: string, parent: string): Thread {
  const replies = slack.thread(channel, ts)
  const texts = replies.map(textOf)
  return {
    parent,
    replies: texts,
    broadcasts: replies.filter(reply => reply.broadcast).map(textOf),
    text: [parent, ...texts].join('\n'),
  }
}

/** Everything a person can read in it: the fallback text and each text inside the blocks. */
function textOf(content: { readonly text: string; readonly blocks: readonly unknown[] }): string {
  const texts: string[] = [content.text]
  JSON.stringify(content.blocks, (key, value) => {
    if (key === 'text' && typeof value === 'string') texts.push(value)
    return value
  })
  return texts.join('\n')
}
