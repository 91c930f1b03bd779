import { join } from 'node:path'
import Database from 'libsql'
import { onTestFinished } from 'vitest'
import type { LocalSlack } from '../../demo/slack/local-slack.ts'
import { startLocalSlack } from '../../demo/slack/server.ts'
import { startActing } from '../../src/cli/acting.ts'
import type { Target } from '../../src/config/config.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Mirrors } from '../../src/ports/mirrors.ts'
import type { AuditRow } from '../../src/ports/records/audit.ts'
import type { Effects } from '../../src/ports/store.ts'
import { refuse, yes } from '../../src/refusal.ts'
import { openLanes } from '../../src/run/lanes.ts'
import { startScheduler } from '../../src/run/scheduler.ts'
import { NEVER } from '../../src/run/stop.ts'
import { fetchQueue } from '../../src/run/world.ts'
import { startSlack } from '../../src/slack/app.ts'
import { slackPeople } from '../../src/slack/people.ts'
import { startPublisher } from '../../src/slack/publisher.ts'
import { slackReplies } from '../../src/slack/replies.ts'
import { type OpenStore, openStore } from '../../src/store/store.ts'
import type { Bot } from '../../src/story/bot.ts'
import { offersAt } from '../../src/story/offer.ts'
import { voidBecause } from '../../src/story/still.ts'
import { fakeHosts, type OnStep } from '../fakes/hosts.ts'
import { quickPace } from '../fakes/pace.ts'
import { testFolder } from '../folder.ts'
import { ALONE, NEW, OLD } from '../plan/orders.ts'
import { aTarget, configOf } from '../policy/configs.ts'
import { quiet, settingsFor, TOKENS } from '../slack/telling-world.ts'

const CHANNEL = 'C01GEN'
export const ALICE = 'U01ALICE'
export const BOB = 'U02BOB'
export const CAROL = 'U03CAROL'
export const DAVE = 'U04DAVE'
export const GUEST = 'U05GUEST'
export const FOREIGN = 'U06FOREIGN'

const GROUP: Target['groups'][number] = {
  name: 'creator',
  image: 'registry.example.com/creator:latest',
  mirrors: [],
  mount: '/app',
  run: [],
  env: {},
  healthyMs: 1_000,
  ...ALONE,
  stop: { signal: 'SIGTERM', graceMs: 1_000 },
}
const VERIFY: Target['verify'] = {
  url: 'http://127.0.0.1/',
  in: { header: 'X-Revision' },
  timeoutMs: 5_000,
  hits: 1,
}

/** The whole bot but for real hosts and git, on a local Slack: people type and press, and read what comes of it. */
export async function approvalWorld(about: Partial<Target> = {}, another: Partial<Target> = {}) {
  const slack = await startLocalSlack({
    team: { id: 'T1', name: 'Team' },
    users: [
      { id: ALICE, name: 'alice' },
      { id: BOB, name: 'bob' },
      { id: CAROL, name: 'carol' },
      { id: DAVE, name: 'dave' },
      { id: GUEST, name: 'guest', is_restricted: true },
      { id: FOREIGN, name: 'foreign', team_id: 'T2' },
    ],
    groups: [{ id: 'S0OPS', handle: 'ops', users: [CAROL, GUEST, FOREIGN] }],
    channels: [{ id: CHANNEL, name: 'general', is_ext_shared: true }],
    tokens: TOKENS,
  })
  const target = aTarget({
    deployers: [ALICE],
    approvers: [ALICE, BOB, 'S0OPS', GUEST, FOREIGN],
    approval: 'all',
    groups: [GROUP],
    verify: VERIFY,
    channel: CHANNEL,
    ...about,
  })
  /** What git says: `main` is here, and these commits may be deployed. */
  const git = {
    main: NEW,
    held: new Set([NEW, OLD]),
    ahead: 0,
    changed: [] as readonly string[],
    onAhead: async () => {},
  }
  /** Hosts that switch to nothing. */
  const failing = new Set<string>()
  const fails: OnStep = async ({ name }, { call: [script] }) =>
    script === 'reset' && failing.has(name) ? 'failed' : undefined
  let config = configOf(target, { ...target, service: 'another', ...another })
  let passedMs = 0
  const clock: Clock = { now: () => Date.now() + passedMs, monotonic: () => performance.now() + passedMs }
  const file = join(testFolder('approval'), 'touchdown.db')
  let count = 0
  const audits: AuditRow[] = []
  const waiting = new Set<() => void>()
  let bot = await startBot(true)
  onTestFinished(async () => {
    await bot.close()
    await slack.close()
  })

  async function startBot(isStarting: boolean) {
    const settings = settingsFor(slack.apiUrl)
    const opened = await openStore({ file, clock, newId: () => 'i1' })
    const seen = <E extends Effects>(effects: E): E => ({
      ...effects,
      audit: async (row: AuditRow) => {
        await effects.audit(row)
        audits.push(row)
        for (const look of [...waiting]) look()
      },
    })
    const store: OpenStore = {
      ...seen(opened),
      actingOn: (trigger, owner) => seen(opened.actingOn(trigger, owner)),
    }
    const owner = `bot:${++count}`
    const publisher = startPublisher({
      owner,
      slack: settings,
      store,
      messages: store.messages,
      config,
      clock,
      log: quiet,
      pace: quickPace(),
    })
    const problem = (what: string, error: unknown) => {
      throw new Error(what, { cause: error })
    }
    const world = {
      ...{ store, clock, problem, teller: publisher, hosts: fakeHosts(OLD, fails), stop: NEVER },
      ...{ secretOf: () => undefined, secrets: [], fetches: fetchQueue(), lanes: openLanes() },
    }
    const mirrors = mirrorsOf(git)
    const people = slackPeople({ slack: settings, clock, log: quiet })
    // As after a restart, which is when a bot reads its configuration.
    const scheduler = isStarting
      ? startScheduler(world, owner, undefined, {
          voidBecause: one => voidBecause({ config, people, mirrors, store }, one),
          offersAfter: (one, ending) => offersAt({ config, store }, one, ending),
        })
      : {
          owner,
          wake: () => {},
          run: () => {},
          takeUp: async () => {},
          running: () => [],
          drain: async () => {},
        }
    const replies = slackReplies({ slack: settings, clock, log: quiet })
    const newId = () => `d${++count}`
    const story: Bot = { ...world, config, mirrors, people, scheduler, newId, notify: () => {} }
    const acting = startActing({ bot: story, replies, publisher })
    await publisher.resume()
    scheduler.wake()
    const app = await startSlack({
      slack: settings,
      onCommand: acting,
      clock,
      log: quiet,
    })
    await acting.takeUp()
    return {
      store,
      scheduler,
      async close() {
        await app.close()
        await acting.done()
        await scheduler.drain()
        await publisher.close(1_000)
        await store.close()
      },
    }
  }

  const press = (user: string, actionId: string, message: Asked, stale = false) =>
    slack.click({
      ...{ user, message, actionId, stale },
      ...(actionId === 'cancel' || actionId === 'lock' ? {} : { confirms: true as const }),
    })

  return {
    slack,
    git,
    failing,
    audits,
    get store() {
      return bot.store
    },
    pass(ms: number) {
      passedMs += ms
    },
    configure(next: Partial<Target>) {
      config = configOf({ ...target, ...next })
    },
    /** What was decided of this action, once so much of it was. */
    audited: (action: string, times = 1) =>
      new Promise<readonly AuditRow[]>(resolve => {
        const look = () => {
          const rows = audits.filter(row => row.action === action)
          if (rows.length < times) return
          waiting.delete(look)
          resolve(rows)
        }
        waiting.add(look)
        look()
      }),
    /** What was audited of the deployment, by the bot itself, too; oldest first. */
    auditsOf(deployment: string): unknown[] {
      const database = new Database(file, { readonly: true, timeout: 1_000 })
      try {
        const rows = 'SELECT actor, action, target, decision, detail FROM audit'
        return database.prepare(`${rows} WHERE detail LIKE ? ORDER BY n`).all([`${deployment} order %`])
      } finally {
        database.close()
      }
    },
    /** Another process on the same records; `isStarting` false: it starts no deployment. */
    async restart({ isStarting = true, meanwhile = () => {} }: Restart = {}) {
      await bot.close()
      meanwhile()
      bot = await startBot(isStarting)
    },
    wake: () => bot.scheduler.wake(),

    /** Types it and waits for the message of its deployment. */
    async ask(text = 'creator', user = ALICE): Promise<Asked> {
      const before = parents(slack).length
      await slack.command({ user, channel: CHANNEL, text })
      const message = await slack.waitFor(() => parents(slack)[before], 5_000, 'the message')
      return { channel: CHANNEL, ts: message.ts }
    },
    press,
    /** Presses it and waits for the message of the deployment that comes of it. */
    async pressed(user: string, actionId: string, message: Asked): Promise<Asked> {
      const before = parents(slack).length
      await press(user, actionId, message)
      const { ts } = await slack.waitFor(() => parents(slack)[before], 5_000, 'the message')
      return { channel: CHANNEL, ts }
    },
    /** What this person alone reads, by and by. */
    reads: (user: string, words: string) =>
      slack.waitFor(
        () => slack.ephemerals(user).find(({ text }) => text.includes(words))?.text,
        5_000,
        `${user} reading ${words}; reads ${slack
          .ephemerals(user)
          .map(({ text }) => text)
          .join(' | ')}`,
      ),
    /** The message, as soon as its text has these words. */
    says: (message: Asked, words: string) =>
      slack.waitFor(
        () => parents(slack).find(({ ts, text }) => ts === message.ts && text.includes(words)),
        10_000,
        `the message saying ${words}; it says ${parents(slack)
          .map(({ text }) => text)
          .join(' | ')}`,
      ),
    buttons: (message: Asked): readonly string[] =>
      JSON.stringify(parents(slack).find(({ ts }) => ts === message.ts)?.blocks)
        .match(/"action_id":"[a-z]+"/g)
        ?.map(found => found.slice(13, -1)) ?? [],
    /** The newest one, as recorded. */
    latest: async () => (await bot.store.history({ service: undefined, limit: 1 }))[0],
  }
}

export type Asked = { readonly channel: string; readonly ts: string }

interface Restart {
  readonly isStarting?: boolean
  readonly meanwhile?: () => void
}

function parents(slack: LocalSlack) {
  return slack.messages(CHANNEL).filter(({ thread_ts }) => thread_ts === undefined)
}

interface Git {
  readonly main: typeof NEW
  readonly held: ReadonlySet<typeof NEW>
  readonly ahead: number
  /** Files between any two commits. */
  readonly changed: readonly string[]
  /** Called when it is asked how far a branch has moved on. */
  readonly onAhead: () => Promise<void>
}

function mirrorsOf(git: Git): Mirrors {
  return {
    async resolve(target, { name }) {
      if (name === 'main') return yes({ revision: git.main, branch: 'main', shown: 'main' })
      const revision = [...git.held].find(one => one === name)
      return revision
        ? yes({ revision, branch: 'main', shown: revision.slice(0, 7) })
        : refuse({ reason: 'unknown-ref', service: target.service, ref: name, near: [] })
    },
    changes: async (_, from) => {
      if (from === NEW) await git.onAhead()
      const total = from === NEW ? git.ahead : 0
      return { from, total, commits: [], removed: 0, compareUrl: undefined }
    },
    changedFiles: async () => git.changed,
    close: async () => {},
  }
}
