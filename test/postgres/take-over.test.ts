import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { startActing } from '../../src/cli/acting.ts'
import type { Command } from '../../src/command.ts'
import type { Effects } from '../../src/ports/store.ts'
import { refuse, yes } from '../../src/refusal.ts'
import type { Bot } from '../../src/story/bot.ts'
import { hear } from '../../src/touchdown.ts'
import { handClock } from '../contract/orders.ts'
import { NEW } from '../plan/orders.ts'
import { aTarget } from '../policy/configs.ts'
import { gate } from '../run/running.ts'
import { said, stage } from '../stories/bot.ts'
import { type Database, freshDatabase } from './databases.ts'

const LEASE_MS = 15_000
const [ALICE, BOB] = ['U01ALICE', 'U02BOB']

let database: Database
let clock: ReturnType<typeof handClock>
let answers: string[] = []

beforeEach(async () => {
  answers = []
  database = await freshDatabase()
  onTestFinished(() => database.remove(), 30_000)
  clock = handClock(Date.now())
})

/** A bot on the one database. */
async function aBot(name: string, change: (bot: Bot) => Partial<Bot> = () => ({})) {
  const { bot } = await stage({
    targets: [
      aTarget({ service: 'free', deployers: [ALICE] }),
      aTarget({ service: 'asked', deployers: [ALICE, BOB], approval: 'all', approvers: [BOB] }),
    ],
  })
  const store = await database.open(clock)
  onTestFinished(() => store.close())
  const mirrors = {
    ...bot.mirrors,
    resolve: async () => yes({ revision: NEW, branch: 'main', shown: 'main' }),
    changes: async () => ({ from: undefined, commits: [], total: 0, removed: 0, compareUrl: undefined }),
  }
  let ids = 0
  const newId = () => `${name}-${++ids}`
  const on: Bot = {
    ...bot,
    store,
    clock,
    newId,
    mirrors,
    scheduler: { ...bot.scheduler, owner: `bot:${name}` },
  }
  const replies = {
    answer: async (_: Command, text: string) => answers.push(`${name}: ${text}`) > 0,
    link: async () => true,
  }
  const publisher = { place: async () => undefined }
  const acting = startActing({ bot: { ...on, ...change(on) }, replies, publisher })
  onTestFinished(acting.done)
  return { bot: on, store, acting, say: (text: string, by = ALICE) => hear(on, typed(text, by)) }
}

function typed(text: string, by = ALICE): Command {
  return { ...said(text, by), receivedAt: clock.now() }
}

describe('a command whose bot is stopped, and goes on when another one has acted on it', () => {
  it.each([
    ['told nothing but the refusal that was recorded, which stays true', 'wakes'],
    ['not told by the one, which meets a fault, that nothing was started', 'fails'],
  ])('and has decided otherwise: its asker is %s', async (_, then) => {
    const [reached, released] = [gate(), gate()]
    const { now, monotonic } = clock
    const start = monotonic()
    const one = await aBot('one', ({ mirrors }) => ({
      // The database's clock jumped, ours did not: this bot sees no reason to ask whose the command is.
      clock: { now, monotonic: () => start },
      problem: () => {},
      mirrors: {
        ...mirrors,
        async resolve(...of) {
          reached.open()
          await released.opened
          if (then === 'fails') throw new Error('a fault of ours')
          return mirrors.resolve(...of)
        },
      },
    }))
    const two = await aBot('two', ({ mirrors }) => ({
      mirrors: {
        ...mirrors,
        resolve: async (target, ref) =>
          then === 'fails'
            ? mirrors.resolve(target, ref)
            : refuse({ reason: 'unknown-ref', service: target.service, ref: ref.name, near: [] }),
      },
    }))
    const command = typed('free')
    await one.acting.accept(command)
    const acting = one.acting.act(command)
    await reached.opened
    clock.forward(LEASE_MS + 1)
    await two.acting.takeUp()
    const seen = async () => ({
      answers: [...answers],
      unfinished: await two.store.unfinished(),
      audited: await two.store.audited(0, 99),
    })
    const before = await seen()
    expect(before.audited.map(({ decision }) => decision)).toEqual([
      then === 'fails' ? 'accepted' : 'unknown-ref',
    ])
    released.open()
    await acting
    expect(await seen()).toEqual(before)
  })

  it('right after it was accepted: answered once', async () => {
    const [one, two] = [await aBot('one'), await aBot('two')]
    const command = typed('status free')
    await one.acting.accept(command)
    await two.acting.takeUp()
    expect(answers).toEqual([])
    clock.forward(LEASE_MS + 1)
    await two.acting.takeUp()
    await one.acting.act(command)
    expect(answers).toEqual([expect.stringMatching(/^two: /)])
    expect(await one.store.unfinished()).toEqual([])
    expect(await one.store.unsettled()).toEqual([])
  })

  type Say = Awaited<ReturnType<typeof aBot>>['say']
  const cases: readonly [string, keyof Effects, (say: Say) => Promise<unknown>, () => Promise<Command>][] = [
    ['deploy', 'create', async () => {}, async () => typed('free')],
    ['cancel', 'cancel', say => say('free').then(() => say('free')), async () => typed('cancel free')],
    ['approve', 'decide', say => say('asked'), async () => pressed('approve')],
    ['reject', 'decide', say => say('asked'), async () => pressed('reject')],
    ['lock', 'setHold', async () => {}, async () => typed('lock free for 1h it burns')],
    ['unlock', 'endHold', say => say('lock free it burns'), async () => typed('unlock free')],
  ]

  async function pressed(action: 'approve' | 'reject'): Promise<Command> {
    const [row] = await database.query("SELECT id FROM deployments WHERE status = 'awaiting'")
    return { ...typed('', BOB), click: { action, deployment: String(row?.['id']) } }
  }

  it.each(cases.flatMap(each => [['early', ...each] as const, ['just before it writes', ...each] as const]))(
    '%s in a %s: done once, answered once, refused never',
    async (when, action, writes, before, command) => {
      const [reached, released] = [gate(), gate()]
      const held = async <T>(work: () => Promise<T>): Promise<T> => {
        reached.open()
        await released.opened
        return work()
      }
      const one = await aBot('one', ({ people, store }) => {
        const actingOn = (trigger: string, owner: string) => {
          const late = store.actingOn(trigger, owner)
          const write: unknown = Reflect.get(late, writes)
          if (typeof write !== 'function') throw new Error(`${writes} is no way to write`)
          Reflect.set(late, writes, (...about: unknown[]) => held(() => write(...about)))
          return late
        }
        return when === 'early'
          ? { people: { ...people, standingOf: id => held(() => people.standingOf(id)) } }
          : { store: { ...store, actingOn } }
      })
      const two = await aBot('two')
      await before(two.say)
      const asked = await command()
      const decisions = async () =>
        (await two.store.audited(0, 99)).filter(row => row.action === action && !/again/.test(row.detail))
      const known = (await decisions()).length
      await one.acting.accept(asked)
      const acting = one.acting.act(asked)
      await reached.opened
      clock.forward(LEASE_MS + 1)
      await two.acting.takeUp()
      const first = await two.store.unfinished()
      released.open()
      await acting
      // What shows in the deployment's message is not answered.
      const isShown = ['deploy', 'approve', 'reject'].includes(action)
      expect(answers.map(text => text.slice(0, 5))).toEqual(isShown ? [] : ['two: '])
      expect(await two.store.unfinished()).toEqual(first)
      expect((await decisions()).slice(known).map(({ decision }) => decision)).toEqual(['accepted'])
      expect(await two.store.unsettled()).toEqual([])
    },
  )
})
