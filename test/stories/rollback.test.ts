import { describe, expect, it } from 'vitest'
import { replyText } from '../../src/cli/reply-text.ts'
import type { Target } from '../../src/config/config.ts'
import type { Deployment } from '../../src/deployment.ts'
import type { HostResult } from '../../src/host-result.ts'
import type { CodeOrder, Order } from '../../src/order.ts'
import type { AuditRow } from '../../src/ports/records/audit.ts'
import { hear } from '../../src/touchdown.ts'
import { ALONE, order, revision } from '../plan/orders.ts'
import { aTarget } from '../policy/configs.ts'
import { type Stage, said, stage } from './bot.ts'

const open = aTarget({ deployers: ['U01ALICE', 'U02BOB'] })
const GROUP = {
  ...ALONE,
  ...{ name: 'creator', image: 'registry.example.com/creator', mirrors: [], mount: '/app', run: [], env: {} },
  ...{ healthyMs: 1_000, stop: { signal: 'SIGTERM', graceMs: 1_000 } },
}
const [A, B] = [revision('a'), revision('b')]

/** A stage whose records know A, then B, both well on all hosts; git must not be asked. */
async function afterTwo(
  target: Target = open,
  images: Readonly<Record<string, string>> = {},
): Promise<Stage & { audits: AuditRow[] }> {
  const made = await stage({ targets: [target] })
  for (const [id, to] of [
    ['first', A],
    ['second', B],
  ] as const) {
    await made.store.create({
      id,
      trigger: id,
      approval: undefined,
      order: orderOf(order({ revision: to, hosts: target.hosts, touch: 'old.ini' }), images[id]),
      ref: 'main',
      isRollback: false,
      changes: undefined,
      requestedBy: 'U02BOB',
      origin: { kind: 'cli' },
    })
    await made.store.claim(id, 'bot')
    const result: HostResult = {
      status: 'succeeded',
      proof: 'served',
      previous: undefined,
      digest: undefined,
    }
    for (const { name } of target.hosts) {
      await made.store.append(id, { kind: 'host-ended', host: name, result, durationMs: 1 })
    }
    await made.store.append(id, { kind: 'ended', ending: 'succeeded', durationMs: 1 })
  }
  const audits: AuditRow[] = []
  const audit = async (row: AuditRow) => void audits.push(row)
  return { ...made, bot: { ...made.bot, store: { ...made.store, audit } }, audits }
}

function orderOf(code: CodeOrder, image: string | undefined): Order {
  return image === undefined ? code : { ...code, kind: 'full', image, mirrors: [] }
}

async function answer({ bot }: Stage, text: string, actor?: string): Promise<string> {
  const reply = await hear(bot, said(text, actor))
  return replyText(reply, '/deploy', Date.now()) ?? reply.kind
}

async function queued({ store }: Stage): Promise<Deployment | undefined> {
  return (await store.unfinished())[0]
}

describe('a rollback', () => {
  it('is a deployment of the last good revision with the configuration of now, without asking git', async () => {
    const stage = await afterTwo()
    expect(await answer(stage, 'rollback creator')).toBe('accepted')
    const made = await queued(stage)
    expect(made).toMatchObject({
      ref: 'aaaaaaa',
      isRollback: true,
      requestedBy: 'U01ALICE',
      order: { kind: 'code', revision: A, branch: 'main', touch: '.reload', hosts: open.hosts },
    })
    expect(stage.touched).toEqual(['asked U01ALICE', 'woke'])
    expect(stage.audits).toEqual([
      {
        actor: 'U01ALICE',
        action: 'rollback',
        target: 'creator.production',
        decision: 'accepted',
        detail: `d2 ${A} through U01ALICE`,
      },
    ])
  })

  it('goes to a revision by its start, and to none that never succeeded', async () => {
    const stage = await afterTwo()
    expect(await answer(stage, 'rollback creator ccccccc')).toContain('You can roll back to `aaaaaaa`')
    expect(stage.audits.at(-1)).toMatchObject({ action: 'rollback', decision: 'no-rollback' })
    expect(await answer(stage, 'rollback creator AAAAAAA')).toBe('accepted')
    expect((await queued(stage))?.order.revision).toBe(A)
  })

  it('is refused while a deployment waits', async () => {
    const stage = await afterTwo()
    await answer(stage, 'creator', 'U02BOB')
    expect(await answer(stage, 'rollback creator')).toContain('d2 of bbbbbbb, asked for by U02BOB')
    expect(await stage.store.unfinished()).toHaveLength(1)
  })

  it('is refused when another deployment comes while it is decided upon', async () => {
    const stage = await afterTwo()
    const { store } = stage.bot
    const attempts: typeof store.attempts = async (target, limit) => {
      const found = await store.attempts(target, limit)
      await answer(stage, 'creator', 'U02BOB')
      return found
    }
    const between = { ...stage, bot: { ...stage.bot, store: { ...store, attempts } } }
    expect(await answer(between, 'rollback creator')).toContain('d2 of bbbbbbb, asked for by U02BOB')
    expect((await stage.store.unfinished()).map(({ isRollback }) => isRollback)).toEqual([false])
    expect(stage.audits.at(-1)).toMatchObject({ action: 'rollback', decision: 'unfinished' })
  })

  it('is refused to others while somebody has locked it', async () => {
    const stage = await afterTwo()
    await answer(stage, 'lock creator freeze', 'U02BOB')
    expect(await answer(stage, 'rollback creator')).toContain('locked by U02BOB')
    expect(await answer(stage, 'rollback creator', 'U02BOB')).toBe('accepted')
  })

  it('across a new container brings that image again, to be approved like any, without asking git or a registry', async () => {
    const group = {
      ...GROUP,
      image: 'new.example.com/{service}:latest',
      mirrors: ['mirror.example.com/creator'],
    }
    const target = { ...open, approvers: ['U03CAROL'], groups: [group] }
    const old = 'old.example.com/creator@sha256:aa'
    const stage = await afterTwo(target, { first: old, second: 'old.example.com/creator@sha256:bb' })
    const reply = await hear(stage.bot, said('rollback creator'))
    if (reply.kind !== 'accepted') throw new Error(JSON.stringify(reply))
    const { id, status, isRollback, order } = reply.deployment
    expect({ status, isRollback }).toEqual({ status: 'awaiting', isRollback: true })
    // What is undefined is left out in the records.
    const groups = [JSON.parse(JSON.stringify(group))]
    expect(order).toMatchObject({ kind: 'full', revision: A, image: old, touch: '.reload', groups })
    expect(order).toMatchObject({
      mirrors: ['mirror.example.com/creator@sha256:aa', 'new.example.com/creator@sha256:aa'],
    })
    const click = { action: 'approve', deployment: id } as const
    expect((await hear(stage.bot, { ...said('', 'U03CAROL'), click })).kind).toBe('decided')
    expect(stage.touched.filter(what => what.startsWith('resolved'))).toEqual([])
  })

  it('from a terminal that no channel would show to an approver is refused, if it has to be approved', async () => {
    const people = new Map([['cli:alice', 'U01ALICE']])
    const target = { ...open, deployers: ['cli:alice'], approvers: ['U02BOB'], people }
    const typed = () => ({ ...said('rollback creator', 'cli:alice'), channel: undefined })
    const swapped = await afterTwo(target, { first: 'creator@sha256:aa', second: 'creator@sha256:bb' })
    expect(await hear(swapped.bot, typed())).toEqual({
      kind: 'refused',
      refusal: { reason: 'no-channel', service: 'creator' },
    })
    expect((await hear((await afterTwo(target)).bot, typed())).kind).toBe('accepted')
  })

  it('across a new container is refused where the image is not known', async () => {
    const stage = await afterTwo(open, { second: 'registry.example.com/creator@sha256:bb' })
    expect(await answer(stage, 'rollback creator')).toContain('/deploy creator aaaaaaa --full')
    expect(stage.audits.at(-1)).toMatchObject({ action: 'rollback', decision: 'no-image' })
  })

  it('waits for an approval where every deployment does; git is not asked for it either', async () => {
    const strict = { ...open, approvers: ['U03CAROL'], approval: 'all' } as const
    const stage = await afterTwo(strict)
    const reply = await hear(stage.bot, said('rollback creator'))
    if (reply.kind !== 'accepted') throw new Error(JSON.stringify(reply))
    const { id, status, isRollback } = reply.deployment
    expect({ status, isRollback }).toEqual({ status: 'awaiting', isRollback: true })
    const click = { action: 'approve', deployment: id } as const
    expect((await hear(stage.bot, { ...said('', 'U03CAROL'), click })).kind).toBe('decided')
    expect((await queued(stage))?.order.revision).toBe(A)
    expect(stage.touched.filter(what => what.startsWith('resolved'))).toEqual([])
    expect(await answer(await afterTwo({ ...strict, approvers: [] }), 'rollback creator')).toContain(
      'approval',
    )
  })

  it('is for deployers', async () => {
    const stage = await afterTwo(aTarget({ deployers: ['U02BOB'], approvers: ['U01ALICE'] }))
    expect(await answer(stage, 'rollback creator')).toContain('You may not do this')
    expect(await queued(stage)).toBeUndefined()
  })

  it('that is delivered again is one rollback, audited as one (G4)', async () => {
    const stage = await afterTwo()
    const command = said('rollback creator')
    const first = await hear(stage.bot, command)
    expect(await hear(stage.bot, command)).toEqual(first)
    expect(await stage.store.unfinished()).toHaveLength(1)
    expect(stage.audits.map(({ action }) => action)).toEqual(['rollback', 'rollback'])
  })
})
