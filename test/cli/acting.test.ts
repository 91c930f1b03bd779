import { describe, expect, it } from 'vitest'
import { startActing } from '../../src/cli/acting.ts'
import type { Command } from '../../src/command.ts'
import { OutcomeUnknown } from '../../src/ports/store.ts'
import type { Bot } from '../../src/story/bot.ts'
import { aTarget } from '../policy/configs.ts'
import { said, stage } from '../stories/bot.ts'

/** Accepted commands in a bot of which something is changed, and what their askers read. */
async function scene(change: (bot: Bot) => Partial<Bot> = () => ({})) {
  const { bot, store } = await stage({ targets: [aTarget({ deployers: ['U01ALICE'] })] })
  const answers: string[] = []
  const problems: string[] = []
  const replies = {
    answer: async (_: Command, text: string) => answers.push(text) > 0,
    link: async () => true,
  }
  const quiet: Bot = { ...bot, problem: what => void problems.push(what) }
  const publisher = { place: async () => undefined }
  const acting = startActing({ bot: { ...quiet, ...change(quiet) }, replies, publisher })
  const restarted = () => startActing({ bot: quiet, replies, publisher })
  const accepted = async (text: string, ageMs = 0) => {
    const command = { ...said(text), receivedAt: bot.clock.now() - ageMs }
    await store.accept(command, bot.scheduler.owner)
    return command
  }
  const unsettled = async () => (await store.unsettled()).map(({ text }) => text)
  return { acting, restarted, accepted, answers, problems, store, unsettled }
}

function ended() {
  const [asked, over] = [new AbortController(), new AbortController()]
  return { asked, over, stop: { asked: asked.signal, over: over.signal } }
}

describe('an accepted command', () => {
  it('that meets a fault is answered and settled: a restart would only repeat it', async () => {
    const settled: string[] = []
    const { acting, accepted, answers, unsettled } = await scene(({ mirrors, store }) => ({
      mirrors: { ...mirrors, resolve: () => Promise.reject(new Error('a fault of ours')) },
      store: { ...store, settle: (...of) => store.settle(...of).finally(() => settled.push(of[0])) },
    }))
    await acting.act(await accepted('creator'))
    expect(settled).toHaveLength(1)
    expect(answers).toEqual([
      expect.stringMatching(
        /^`\/deploy creator` met a fault of the bot itself, and nothing was started.*: a fault of ours\. Type it again/,
      ),
    ])
    expect(await unsettled()).toEqual([])
  })

  it('that cannot be settled is answered all the same', async () => {
    const { acting, accepted, answers, problems } = await scene(({ store }) => ({
      store: { ...store, settle: () => Promise.reject(new Error('database or disk is full')) },
    }))
    await acting.act(await accepted('creator'))
    await acting.act(await accepted('cancel creator'))
    expect(answers).toEqual([expect.stringContaining('had not begun and will not')])
    expect(problems).toEqual(Array.from({ length: 2 }, () => 'a command could not be settled'))
  })

  it('that met a fault and cannot be settled promises nothing, and is settled with the next one', async () => {
    let isFull = true
    const { acting, accepted, answers, unsettled } = await scene(({ mirrors, store }) => ({
      mirrors: { ...mirrors, resolve: () => Promise.reject(new Error('database or disk is full')) },
      store: {
        ...store,
        settle: (...of) => (isFull ? Promise.reject(new Error('full')) : store.settle(...of)),
      },
    }))
    await acting.act(await accepted('creator'))
    expect(answers).toEqual([
      expect.stringMatching(
        /a bot that is started again soon may still act on it\. Look at `\/deploy history`/,
      ),
    ])
    expect(answers[0]).not.toContain('nothing was started')
    isFull = false
    await acting.act(await accepted('help'))
    expect(await unsettled()).toEqual([])
  })

  it('is settled once, however many are answered at the same time', async () => {
    const settled: string[] = []
    const { acting, accepted, unsettled } = await scene(({ store }) => ({
      store: {
        ...store,
        async settle(trigger, owner) {
          settled.push(trigger)
          return store.settle(trigger, owner)
        },
      },
    }))
    const commands = await Promise.all(Array.from({ length: 30 }, () => accepted('help')))
    await Promise.all(commands.map(acting.act))
    expect(settled.toSorted()).toEqual(commands.map(({ trigger }) => trigger).toSorted())
    expect(await unsettled()).toEqual([])
  })

  it('that a crash left unsettled is answered again, and a cancel among them stops no other', async () => {
    const { acting, restarted, accepted, answers, store } = await scene(({ store }) => ({
      store: { ...store, settle: () => Promise.reject(new Error('the process died here')) },
    }))
    for (const text of ['creator', 'creator', 'cancel creator']) await acting.act(await accepted(text))
    await restarted().takeUp()
    expect(answers).toHaveLength(2)
    expect(answers[1]).toBe(answers[0])
    expect(await store.unfinished()).toHaveLength(1)
  })

  it('is neither answered nor settled when the process had to end first', async () => {
    const { over, stop } = ended()
    const { acting, accepted, answers, unsettled } = await scene(({ mirrors }) => ({
      stop,
      mirrors: {
        ...mirrors,
        async resolve() {
          over.abort()
          throw new Error('git was stopped')
        },
      },
    }))
    await acting.act(await accepted('creator'))
    expect({ answers, unsettled: await unsettled() }).toEqual({ answers: [], unsettled: ['creator'] })
  })
})

describe('commands that a crash left', () => {
  it('are not those that are just recorded, acted on, or could not be settled', async () => {
    const { asked, stop } = ended()
    const { acting, answers, store } = await scene(({ store }) => ({
      stop,
      store: { ...store, settle: () => Promise.reject(new Error('full')) },
    }))
    const command = said('help')
    expect(await acting.accept(command)).toBe(true)
    expect(await acting.accept(command)).toBe(false)
    await acting.takeUp()
    expect(answers).toEqual([])
    await acting.act(command)
    await acting.takeUp()
    expect(answers).toHaveLength(1)
    asked.abort()
    expect(await store.unsettled()).toHaveLength(1)
  })

  it('are those, too, of which it is not known whether they were recorded', async () => {
    const { acting, answers, unsettled } = await scene(({ store }) => ({
      store: {
        ...store,
        async accept(command, owner) {
          await store.accept(command, owner)
          throw new OutcomeUnknown('the link was cut')
        },
      },
    }))
    await expect(acting.accept(said('help'))).rejects.toThrow('the link was cut')
    await acting.takeUp()
    expect(answers).toHaveLength(1)
    expect(await unsettled()).toEqual([])
  })

  it('are acted on when they are young, refused when they are old; all are settled', async () => {
    const { acting, accepted, answers, store, unsettled } = await scene()
    await accepted('status', 14 * 60_000)
    await accepted('creator', 9 * 60_000)
    await acting.takeUp()
    expect(answers).toEqual([
      expect.stringContaining('`/deploy status` is not acted on: it was typed 14 min ago'),
    ])
    expect((await store.unfinished()).map(({ status }) => status)).toEqual(['queued'])
    expect(await unsettled()).toEqual([])
  })

  it('are left again when the process is to stop; the one at hand is waited for', async () => {
    const { asked, stop } = ended()
    let resolved = (): void => {}
    const held = new Promise<void>(resolve => {
      resolved = resolve
    })
    const { acting, accepted, unsettled } = await scene(({ mirrors }) => ({
      stop,
      mirrors: {
        ...mirrors,
        async resolve(...of) {
          asked.abort()
          await held
          return mirrors.resolve(...of)
        },
      },
    }))
    await accepted('creator', 1)
    await accepted('help')
    void acting.takeUp()
    await new Promise(resolve => asked.signal.addEventListener('abort', resolve))
    let isDone = false
    const done = acting.done().then(() => {
      isDone = true
    })
    await new Promise(setImmediate)
    expect(isDone).toBe(false)
    resolved()
    await done
    expect(await unsettled()).toEqual(['help'])
  })
})
