import { describe, expect, it } from 'vitest'
import { replyText } from '../../src/cli/reply-text.ts'
import type { AuditRow } from '../../src/ports/records/audit.ts'
import { OutcomeUnknown, type Store } from '../../src/ports/store.ts'
import type { Bot } from '../../src/story/bot.ts'
import { hear } from '../../src/touchdown.ts'
import { aTarget } from '../policy/configs.ts'
import { said, stage } from './bot.ts'

describe('a command that meets a fault of ours (G5)', () => {
  /** Everything works but what is changed; faults are kept. */
  async function broken(change: (bot: Bot) => Partial<Bot>) {
    const scene = await stage({ targets: [aTarget({ deployers: ['U01ALICE'] })] })
    const problems: string[] = []
    const audits: AuditRow[] = []
    const store: Store = {
      ...scene.store,
      audit: async row => {
        audits.push(row)
      },
    }
    const bot: Bot = { ...scene.bot, store, secrets: ['hunter22'], problem: what => void problems.push(what) }
    return { bot: { ...bot, ...change(bot) }, store: scene.store, problems, audits }
  }

  it('is refused with the reason, audited, and nothing was started', async () => {
    const { bot, store, problems, audits } = await broken(({ mirrors }) => ({
      mirrors: { ...mirrors, resolve: () => Promise.reject(new Error('no memory for hunter22')) },
    }))
    expect(await hear(bot, said('creator main'))).toEqual({
      kind: 'refused',
      refusal: { reason: 'fault', text: 'creator main', detail: 'no memory for [REDACTED]' },
    })
    expect(audits).toMatchObject([{ actor: 'U01ALICE', action: 'unfinished', decision: 'fault' }])
    expect(audits[0]?.detail).toContain('no memory')
    expect(await store.unfinished()).toEqual([])
    expect(problems).toEqual(['a command met a fault'])
  })

  it('is answered, too, when nothing can be written', async () => {
    const full = () => Promise.reject(new Error('database or disk is full'))
    const { bot, problems } = await broken(({ store }) => ({
      store: { ...store, create: full, audit: full },
    }))
    expect(await hear(bot, said('creator'))).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'fault', detail: 'database or disk is full' },
    })
    expect(problems).toEqual(['a command met a fault', 'a decision could not be recorded'])
  })

  it('is accepted when the records did not answer and have it all the same', async () => {
    const { bot, store } = await broken(({ store }) => ({
      store: { ...store, create: asked => store.create(asked).then(unanswered) },
    }))
    expect((await hear(bot, said('creator'))).kind).toBe('accepted')
    expect(await store.unfinished()).toHaveLength(1)
  })

  it('is not said to have done nothing while the records cannot be asked whether it did', async () => {
    const { bot } = await broken(({ store }) => ({ store: { ...store, create: unanswered } }))
    const reply = await hear(bot, said('creator'))
    expect(reply).toMatchObject({ kind: 'refused', refusal: { reason: 'fault', isUnknown: true } })
    expect(replyText(reply, '/deploy', 0)).toMatch(
      /^It is not known whether what `\/deploy creator` asks for was recorded: the link was cut\. .* `\/deploy history` before you type it again\.$/,
    )
  })

  it('after it was queued is accepted all the same: nobody reads that nothing was started', async () => {
    const { bot, store, problems } = await broken(({ store }) => ({
      store: { ...store, audit: () => Promise.reject(new Error('database or disk is full')) },
    }))
    expect((await hear(bot, said('creator'))).kind).toBe('accepted')
    expect((await store.unfinished()).map(({ status }) => status)).toEqual(['queued'])
    expect((await hear(bot, said('cancel creator'))).kind).toBe('cancelled')
    expect(problems).toEqual(['a decision could not be recorded', 'a decision could not be recorded'])
  })
})

async function unanswered(): Promise<never> {
  throw new OutcomeUnknown('the link was cut')
}

describe('a command that waited while no bot ran', () => {
  const MINUTE = 60_000

  it('is acted on when it is young', async () => {
    const { bot } = await stage({ targets: [aTarget({ deployers: ['U01ALICE'] })] })
    const command = { ...said('creator'), receivedAt: bot.clock.now() - 9 * MINUTE }
    expect((await hear(bot, command)).kind).toBe('accepted')
  })

  it('is refused when it is old, audited, and touches nothing', async () => {
    const { bot, store, touched } = await stage({ targets: [aTarget({ deployers: ['U01ALICE'] })] })
    const audits: AuditRow[] = []
    const audit = async (row: AuditRow) => void audits.push(row)
    const command = { ...said('creator'), receivedAt: bot.clock.now() - 11 * MINUTE }
    const reply = await hear({ ...bot, store: { ...bot.store, audit } }, command)
    expect(reply).toMatchObject({ kind: 'refused', refusal: { reason: 'too-old', text: 'creator' } })
    expect(replyText(reply, '/deploy', 0)).toContain('it was typed 11 min ago')
    expect(audits).toMatchObject([{ action: 'unread', decision: 'too-old' }])
    expect(await store.unfinished()).toEqual([])
    expect(touched).toEqual([])
  })
})
