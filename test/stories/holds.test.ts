import { describe, expect, it } from 'vitest'
import { replyText } from '../../src/cli/reply-text.ts'
import type { AuditRow } from '../../src/ports/records/audit.ts'
import { yes } from '../../src/refusal.ts'
import { hear } from '../../src/touchdown.ts'
import { NEW } from '../plan/orders.ts'
import { aTarget } from '../policy/configs.ts'
import { type Stage, type StageOptions, said, stage } from './bot.ts'

const open = aTarget({ deployers: ['U01ALICE', 'U02BOB'], approvers: ['U03CAROL'] })

async function scene(options: Partial<StageOptions> = {}): Promise<Stage & { audits: AuditRow[] }> {
  const made = await stage({ targets: [open, { ...open, environment: 'staging' }], ...options })
  const audits: AuditRow[] = []
  const audit = async (row: AuditRow) => void audits.push(row)
  return { ...made, bot: { ...made.bot, store: { ...made.store, audit } }, audits }
}

async function answer({ bot }: Stage, text: string, actor?: string): Promise<string> {
  const reply = await hear(bot, said(text, actor))
  return replyText(reply, '/deploy', Date.now()) ?? reply.kind
}

describe('a lock', () => {
  it('keeps everybody but its holder from deploying that target, with holder, reason, age, end and remedy', async () => {
    const stage = await scene()
    expect(await answer(stage, 'lock creator for 2h load test — „bitte warten“', 'U02BOB')).toBe(
      'creator is locked, for 2 h: nobody but you can deploy it. The others read: “load test — „bitte warten“”. To lift it sooner: `/deploy unlock creator`.',
    )
    expect(await answer(stage, 'creator')).toBe(
      'creator is locked by U02BOB (just now, for another 2 h): “load test — „bitte warten“”. Ask U02BOB, or lift the lock first: `/deploy unlock creator`.',
    )
    expect(await stage.store.unfinished()).toEqual([])
    expect(await answer(stage, 'creator', 'U02BOB')).toBe('accepted')
    expect(await answer(stage, 'creator to staging')).toBe('accepted')
    expect(stage.audits.map(({ action, decision, actor }) => [action, decision, actor])).toEqual([
      ['lock', 'accepted', 'U02BOB'],
      ['deploy', 'held', 'U01ALICE'],
      ['deploy', 'accepted', 'U02BOB'],
      ['deploy', 'accepted', 'U01ALICE'],
    ])
  })

  it('keeps nobody from a dry run, status and history', async () => {
    const stage = await scene()
    await answer(stage, 'lock creator freeze', 'U02BOB')
    expect(await answer(stage, 'creator --dry-run')).toContain('Nothing was changed')
    expect(await answer(stage, 'status creator')).toContain('  locked by U02BOB just now: “freeze”\n')
    expect(await answer(stage, 'history creator')).toContain('Nothing has been deployed')
  })

  it('that is set while git is asked still counts', async () => {
    const stage = await scene()
    const { mirrors } = stage.bot
    const resolve: typeof mirrors.resolve = async (target, ref) => {
      await answer(stage, 'lock creator freeze', 'U02BOB')
      return mirrors.resolve(target, ref)
    }
    const reply = await hear({ ...stage.bot, mirrors: { ...mirrors, resolve } }, said('creator'))
    expect(reply).toMatchObject({ kind: 'refused', refusal: { reason: 'held', by: 'U02BOB' } })
  })

  it('does not stop what waits already, and says so', async () => {
    const stage = await scene()
    await answer(stage, 'creator')
    await answer(stage, 'creator to staging')
    expect((await answer(stage, 'lock creator freeze', 'U02BOB')).split('\n').slice(1)).toEqual([
      'It does not stop what came before: deployment d2 of bbbbbbb, asked for by U01ALICE, waits. To stop that: `/deploy cancel creator`.',
    ])
    expect((await stage.store.startable()).map(({ id }) => id)).toContain('d2')
  })

  it('of one’s own takes the new reason and time; somebody else’s is refused with whose it is', async () => {
    const stage = await scene()
    await answer(stage, 'lock creator for 2h freeze', 'U02BOB')
    expect(await answer(stage, 'lock creator mine')).toContain('creator is locked by U02BOB (just now, for')
    expect(await answer(stage, 'lock creator still freezing', 'U02BOB')).toContain('“still freezing”')
    expect(await answer(stage, 'creator')).toContain('by U02BOB (just now): “still freezing”')
  })

  it.each(['lock creator freeze', 'unlock creator'])('%j is for deployers only', async text => {
    const stage = await scene()
    for (const actor of ['U03CAROL', 'U09EVE']) {
      expect(await answer(stage, text, actor)).toContain('You may not do this with creator')
    }
    const guest = await scene({ standing: 'guest' })
    expect(await answer(guest, text)).toContain('Guests of the workspace')
    expect(await answer(stage, 'lock other freeze')).toContain('There is no service')
    expect(await stage.store.hold(open)).toBeUndefined()
  })

  it('whose command is taken up again does not come back after it was lifted (G4)', async () => {
    const stage = await scene()
    const command = said('lock creator freeze', 'U02BOB')
    const first = await hear(stage.bot, command)
    await answer(stage, 'unlock creator')
    expect(await hear(stage.bot, command)).toEqual(first)
    expect(await answer(stage, 'creator')).toBe('accepted')
  })
})

describe('a lock and a deployment that awaits its approval', () => {
  async function awaiting(holder: string) {
    const { bot, store } = await scene({
      targets: [{ ...open, approvers: ['U02BOB', 'U03CAROL'], approval: 'all' }],
    })
    const mirrors: typeof bot.mirrors = {
      ...bot.mirrors,
      resolve: async () => yes({ revision: NEW, branch: 'main', shown: 'main' }),
      changes: async (_, from) => ({ from, commits: [], total: 0, removed: 0, compareUrl: undefined }),
    }
    const reply = await hear({ ...bot, mirrors }, said('creator'))
    if (reply.kind !== 'accepted') throw new Error(JSON.stringify(reply))
    const { id } = reply.deployment
    await hear(bot, said('lock creator freeze', holder))
    const press = (action: 'approve' | 'reject') =>
      hear({ ...bot, mirrors }, { ...said('', 'U03CAROL'), click: { action, deployment: id } })
    return { press, status: async () => (await store.find(id))?.status }
  }

  it('of somebody else: it is not approved, still awaits it, and can be rejected', async () => {
    const { press, status } = await awaiting('U02BOB')
    const held = { kind: 'refused', refusal: { reason: 'held', by: 'U02BOB' } }
    expect(await press('approve')).toMatchObject(held)
    expect(await status()).toBe('awaiting')
    expect((await press('reject')).kind).toBe('decided')
    expect(await status()).toBe('rejected')
  })

  it('of the holder: it is approved', async () => {
    const { press, status } = await awaiting('U01ALICE')
    expect((await press('approve')).kind).toBe('decided')
    expect(await status()).toBe('queued')
  })
})

describe('unlocking', () => {
  it('one’s own lock lets everybody deploy again', async () => {
    const stage = await scene()
    await answer(stage, 'lock creator freeze', 'U02BOB')
    expect(await answer(stage, 'unlock creator', 'U02BOB')).toBe(
      'creator is unlocked: whoever may deploy it can do so again.',
    )
    expect(await answer(stage, 'creator')).toBe('accepted')
  })

  it('somebody else’s is told and audited with whose it was', async () => {
    const stage = await scene()
    await answer(stage, 'lock creator to staging freeze', 'U02BOB')
    expect(await answer(stage, 'unlock creator to staging')).toBe(
      'creator to staging is unlocked: whoever may deploy it can do so again. It was the lock of U02BOB, set just now: “freeze”. Tell U02BOB that you lifted it.',
    )
    expect(stage.audits.at(-1)).toEqual({
      actor: 'U01ALICE',
      action: 'unlock',
      target: 'creator.staging',
      decision: 'accepted',
      detail: 'the lock of U02BOB ("freeze") through U01ALICE',
    })
  })

  it('nothing says so', async () => {
    expect(await answer(await scene(), 'unlock creator')).toContain('is not locked')
  })
})
