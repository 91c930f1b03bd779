import { describe, expect, it } from 'vitest'
import type { Deployment } from '../../src/deployment.ts'
import type { DeploymentEvent, Void } from '../../src/event.ts'
import type { SwapOrder } from '../../src/order.ts'
import { voidText } from '../../src/sentences/ended.ts'
import { headlineText, statusWord } from '../../src/sentences/headline.ts'
import { noticeText } from '../../src/sentences/notice.ts'
import { eventLines, finalText, whereToApproveText } from '../../src/sentences/thread.ts'
import { after, firstView, type View } from '../../src/sentences/view.ts'
import { aDeployment, anOrder, NEW } from './deployments.ts'

const approval = { hash: 'abcdef0123456789', askedAt: 0, expiresAt: 900_000, decision: undefined }
const full: SwapOrder = {
  ...anOrder(),
  kind: 'full',
  image: 'registry.example.com/creator@sha256:aa',
  mirrors: [],
  registries: [],
}
const asked: DeploymentEvent & { kind: 'approval-asked' } = {
  kind: 'approval-asked',
  approvers: ['U02BOB', 'S0OPS'],
  expiresAt: 900_000,
  rehearsals: [
    { host: 'web1', steps: [{ name: 'start', call: ['start', 'creator'] }], because: undefined },
    { host: 'web2', steps: [], because: { kind: 'key-rejected', user: 'deploy' } },
  ],
}
const approved: DeploymentEvent = { kind: 'approved', by: 'U02BOB', ahead: undefined }
const started: DeploymentEvent = { kind: 'started', fence: 1 }
const ended = (ending: (DeploymentEvent & { kind: 'ended' })['ending']): DeploymentEvent => ({
  kind: 'ended',
  ending,
  durationMs: 5_000,
})

describe('the headline', () => {
  it.each<[readonly DeploymentEvent[], Partial<Deployment>, string]>([
    [[asked], {}, 'creator: waiting for an approval of the code deploy of 4f2c1ab to 2 hosts'],
    [[asked], { isRollback: true }, 'creator: waiting for an approval of the rollback to 4f2c1ab on 2 hosts'],
    [[asked, approved], {}, 'creator: waiting for its turn'],
    [[asked, approved, started], { order: full }, 'creator: deploying 4f2c1ab in a new container to 2 hosts'],
    [
      [asked, approved, started],
      { order: { ...full, kind: 'container' } },
      'creator: replacing the container of 4f2c1ab on 2 hosts',
    ],
    [
      [asked, { kind: 'rejected', by: 'U02BOB' }, ended('rejected')],
      {},
      'creator was rejected by U02BOB: nothing was changed',
    ],
    [
      [asked, ended('expired')],
      {},
      'creator was not approved in time: nothing was changed. Ask again when an approver is there',
    ],
    [
      [asked, { kind: 'void', why: { kind: 'config-changed' } }, ended('void')],
      {},
      'creator was given up before it began: touchdown.yml says something else now than what was to be approved. Nothing was changed; ask again',
    ],
    [
      [asked, approved, started, ended('succeeded')],
      { order: full },
      'creator succeeded: 4f2c1ab in a new container on 2/2 hosts, 5.0 s',
    ],
  ])('of %j', (events, about, text) => {
    expect(headlineText(viewOf(events, about))).toBe(text)
  })

  it('has a word for each state', () => {
    expect(statusWord(viewOf([asked]))).toEqual({ word: 'waiting for approval', tone: 'waiting' })
    for (const ending of ['rejected', 'expired', 'void'] as const)
      expect(statusWord(viewOf([asked, ended(ending)])).tone).toBe('warning')
  })

  it('does not go back to waiting when two processes tell of the approval and the start the other way round', () => {
    expect(headlineText(viewOf([asked, started, approved]))).toContain('deploying')
  })
})

describe('the thread', () => {
  it('says what is to be approved, and what each host would do or why it could not', () => {
    const view = viewOf([asked], { order: full })
    expect(eventLines(view, asked)).toEqual([
      'waits for somebody else to approve order abcdef012345: full deploy of 4f2c1ab with the image registry.example.com/creator@sha256:aa',
      'web1: start the container creator',
      expect.stringContaining('web2: '),
    ])
  })

  it('says of a rollback that it is one', () => {
    expect(eventLines(viewOf([asked], { isRollback: true }), asked)[0]).toBe(
      'waits for somebody else to approve order abcdef012345: rollback to 4f2c1ab',
    )
  })

  it.each([
    [undefined, 'U02BOB approved it'],
    [0, 'U02BOB approved it'],
    [1, 'U02BOB approved it; master is 1 commit further by now, which this deployment does not bring'],
    [12, 'U02BOB approved it; master is 12 commits further by now, which this deployment does not bring'],
  ])('says of a branch that is %s ahead: %s', (ahead, text) => {
    const event = { kind: 'approved', by: 'U02BOB', ahead } as const
    expect(eventLines(viewOf([asked, event]), event)).toEqual([text])
  })

  it.each<[Void, string]>([
    [
      { kind: 'revision-gone', revision: NEW },
      '4f2c1ab is in no branch or tag any more that may be deployed',
    ],
    [
      { kind: 'right-lost', who: 'U02BOB', right: 'approve' },
      'U02BOB, who approved it, may not approve it any more',
    ],
    [
      { kind: 'right-lost', who: 'U01ALICE', right: 'deploy' },
      'U01ALICE, who asked for it, may not deploy it any more',
    ],
    [
      { kind: 'unchecked', detail: 'Slack answers\nHTTP 500' },
      'it could not be found out whether it may still run (Slack answers HTTP 500)',
    ],
    [{ kind: 'overtaken' }, 'another deployment has come in between since it was asked for'],
  ])('says why it is given up: %j', (why, text) => {
    expect(voidText(why)).toBe(text)
  })
})

describe('the end', () => {
  it('names both who asked and who approved, unless it was rejected', () => {
    const both = '\nAsked for by U01ALICE, approved by U02BOB.'
    expect(finalText(viewOf([asked, approved, started, ended('succeeded')]))).toContain(both)
    expect(finalText(viewOf([asked, approved, started, ended('failed')]))).toContain(both)
    expect(finalText(viewOf([asked, { kind: 'rejected', by: 'U02BOB' }, ended('rejected')]))).not.toContain(
      'approved',
    )
    expect(finalText(viewOf([started, ended('succeeded')], { approval: undefined }))).not.toContain(
      'Asked for',
    )
  })
})

describe('who asked', () => {
  it('reads in a terminal where it can be approved, and by whom', () => {
    expect(whereToApproveText(asked)).toBe(
      'to be approved with the button of its message in Slack, by one of U02BOB, S0OPS',
    )
  })

  it('reads what takes its time', () => {
    expect(noticeText({ kind: 'surveying', host: 'web1' })).toMatch(/^web1 pulls the image, .*told here\.$/)
  })
})

function viewOf(events: readonly DeploymentEvent[], about: Partial<Deployment> = {}): View {
  return events.reduce(after, firstView(aDeployment({ approval, ...about })))
}
