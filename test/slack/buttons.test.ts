import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mentionsIn } from '../../demo/slack/mentions.ts'
import { faultsOfBlocks, isTooLongAltogether } from '../../demo/slack/validate-blocks.ts'
import type { Deployment } from '../../src/deployment.ts'
import type { DeploymentEvent, Offer } from '../../src/event.ts'
import type { SwapOrder } from '../../src/order.ts'
import { eventLines } from '../../src/sentences/thread.ts'
import { after, firstView, type View } from '../../src/sentences/view.ts'
import { finalMessage, parentMessage, threadMessage } from '../../src/slack/blocks.ts'
import { aDeployment, anOrder, NEW, OLD } from '../sentences/deployments.ts'
import { ended, hostDone, started } from './telling-world.ts'

const asked: DeploymentEvent = {
  kind: 'approval-asked',
  approvers: ['U02BOB', 'S0OPS', 'cli:deploy'],
  expiresAt: 1_800_000_000_000,
  rehearsals: [],
}
const approved: DeploymentEvent = { kind: 'approved', by: 'U02BOB', ahead: undefined }
const stalled: DeploymentEvent = { kind: 'stalled', forMs: 900_000, expiresAt: 1_800_000_000_000 }
const resumed: DeploymentEvent = { kind: 'answered', answer: 'resume', by: 'U02BOB' }
const cancelAsked: DeploymentEvent = { kind: 'cancel-asked', by: 'U03CAROL' }
const back: Offer = { kind: 'rollback', revision: OLD, image: undefined, hosts: ['web1', 'web2'] }
const again: Offer = { kind: 'retry', hosts: ['web2'] }
const full: SwapOrder = {
  ...anOrder(),
  kind: 'full',
  image: 'registry.example.com/creator@sha256:aa',
  mirrors: [],
  registries: [],
}

describe('the buttons', () => {
  it.each<[string, readonly DeploymentEvent[], readonly string[]]>([
    ['while it awaits an approval', [asked], ['approve', 'reject', 'cancel']],
    ['once it is approved', [asked, approved], ['cancel']],
    ['while it runs', [asked, approved, started], ['cancel']],
    ['while somebody has to say whether it goes on', [started, stalled], ['resume', 'leave']],
    ['once somebody has', [started, stalled, resumed], ['cancel']],
    ['once it is cancelled', [asked, approved, started, cancelAsked], []],
    [
      'once it was rejected',
      [asked, { kind: 'rejected', by: 'U02BOB' }, { ...ended, ending: 'rejected' }],
      [],
    ],
    ['once its time is over', [asked, { ...ended, ending: 'expired' }], []],
    ['at its end', [asked, approved, started, ended], []],
    ['at its end, from which one can go back', [started, { ...ended, offers: [back] }], ['rollback']],
    [
      'at its end, which fell short',
      [started, { ...ended, ending: 'partial', offers: [again, back] }],
      ['retry', 'rollback'],
    ],
    ['after a rollback', [started, { ...ended, offers: [{ kind: 'lock', from: NEW }] }], ['lock']],
    ['once something came after its end', [started, { ...ended, offers: [back] }, { kind: 'withdrawn' }], []],
  ])('are there as long as they mean something: %s', (_, events, actions) => {
    expect(buttonsIn(messageOf(events)).map(button => button['action_id'])).toEqual(actions)
  })

  it('carry the id of the deployment, and nothing else', () => {
    for (const events of [[asked], [asked, approved]]) {
      for (const button of buttonsIn(messageOf(events))) expect(button['value']).toBe('d1')
    }
  })

  it('ask first, and say what for: service, kind, revision and hosts', () => {
    const [approve, reject] = buttonsIn(messageOf([asked], { order: full }))
    expect(approve).toMatchObject({
      style: 'primary',
      accessibility_label: 'Approve creator: full deploy of 4f2c1ab',
      confirm: {
        title: { text: 'Approve creator?' },
        text: { text: 'creator: full deploy of 4f2c1ab to web1, web2' },
        confirm: { text: 'Approve' },
      },
    })
    expect(reject).toMatchObject({ style: 'danger', confirm: { title: { text: 'Reject creator?' } } })
  })

  it('that were pressed for it name who did, and the thread calls who had asked', () => {
    const events = [started, stalled, resumed]
    const view = events.reduce(after, firstView(aDeployment()))
    const lines = events.flatMap(event => eventLines(view, event))
    const { text } = threadMessage(
      view,
      lines.map(line => ({ kind: 'line', text: line })),
    )
    expect(text).toContain('<@U01ALICE>, or whoever else may deploy or approve it, says on its message')
    expect(text).toContain('<@U02BOB> resumed it: the same order goes on')
  })

  it('ask before they go on with what was interrupted, and say until when', () => {
    const message = messageOf([started, stalled], { order: full })
    const [resume, leave] = buttonsIn(message)
    expect(resume).toMatchObject({
      style: 'primary',
      confirm: {
        text: { text: 'creator: full deploy of 4f2c1ab to web1, web2' },
        confirm: { text: 'Resume' },
      },
    })
    expect(leave).not.toHaveProperty('confirm')
    expect(JSON.stringify(message)).toContain('what is there stays when nobody does until <!date^1800000000^')
  })

  it('ask before they go back, and say to what', () => {
    const [code] = buttonsIn(messageOf([started, { ...ended, offers: [back] }]))
    expect(code).toMatchObject({
      value: 'd1',
      text: { text: 'Roll back' },
      confirm: {
        title: { text: 'Roll back creator?' },
        text: { text: 'creator: back to 1a2b3c4 on web1, web2' },
        confirm: { text: 'Roll back' },
      },
    })
    const offer = { ...back, image: 'registry.example.com/creator@sha256:aa' }
    const [swap] = buttonsIn(messageOf([started, { ...ended, offers: [offer] }]))
    expect(swap?.['confirm']).toMatchObject({
      text: {
        text: 'creator: back to 1a2b3c4 on web1, web2, in a new container of the image registry.example.com/creator@sha256:aa',
      },
    })
  })

  it('ask before it is done again, and say what and where', () => {
    const end: DeploymentEvent = { ...ended, ending: 'partial', offers: [again] }
    const [code] = buttonsIn(messageOf([started, end]))
    expect(code).toMatchObject({
      value: 'd1',
      text: { text: 'Retry failed hosts' },
      confirm: {
        title: { text: 'Retry creator?' },
        text: { text: 'creator: code deploy of 4f2c1ab to web2' },
        confirm: { text: 'Retry' },
      },
    })
    const [rollback] = buttonsIn(messageOf([started, end], { isRollback: true }))
    expect(rollback?.['confirm']).toMatchObject({ text: { text: 'creator: rollback to 4f2c1ab on web2' } })
  })

  it('call a rollback by its name', () => {
    for (const button of buttonsIn(messageOf([asked], { isRollback: true }))) {
      expect(button['accessibility_label']).toMatch(/^\w+ creator: rollback to 4f2c1ab$/)
      if (button['action_id'] === 'cancel') continue
      expect(button['confirm']).toMatchObject({
        text: { text: 'creator: rollback to 4f2c1ab on web1, web2' },
      })
    }
  })
})

describe('what is asked', () => {
  it('names the image by its digest, when it ends, and calls the approvers', () => {
    const text = JSON.stringify(messageOf([asked], { order: full }).blocks)
    expect(text).toContain(
      'To be approved by one of <@U02BOB>, <!subteam^S0OPS>, cli:deploy; expires <!date^1800000000^{date_short_pretty} {time_secs}|2027-01-15 08:00 UTC>.',
    )
    expect(text).toContain('Image `registry.example.com/creator@sha256:aa`')
  })

  it('names the only approver as the one who has to say yes', () => {
    const text = JSON.stringify(messageOf([{ ...asked, approvers: ['U02BOB'] }]).blocks)
    expect(text).toContain('To be approved by <@U02BOB>; expires')
  })

  it('calls nobody once it is decided, but names who decided', () => {
    const text = JSON.stringify(messageOf([asked, approved, started]).blocks)
    expect(text).not.toContain('S0OPS')
    expect(text).toContain('approved by <@U02BOB>')
  })

  it('is remembered at the end: who asked and who approved', () => {
    const done = [asked, approved, started, hostDone('web1'), hostDone('web2'), ended]
    expect(finalMessage(viewOf(done)).text).toContain('Asked for by <@U01ALICE>, approved by <@U02BOB>.')
  })
})

const evil = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('<!channel>', '&'.repeat(3_000), '`<!here>', '\u202e', '\ud800'),
)

describe('any end', () => {
  it('keeps the limits of Slack with all that it offers and calls none, whatever the names are', () => {
    fc.assert(
      fc.property(evil, fc.array(evil, { minLength: 1, maxLength: 40 }), (service, hosts) => {
        const order = anOrder({ target: { service, environment: 'production' } }, hosts)
        const offers: readonly Offer[] = [
          { kind: 'retry', hosts },
          { ...back, hosts },
        ]
        const end: DeploymentEvent = { ...ended, ending: 'failed', offers }
        const view = viewOf([started, end], { order, origin: { kind: 'slack', channel: 'C01GEN' } })
        for (const message of [parentMessage(view), finalMessage(view)]) {
          expect(faultsOfBlocks(message.blocks)).toEqual([])
          expect(isTooLongAltogether(message.blocks)).toBe(false)
          expect(calledBy(message).filter(id => id !== 'U01ALICE')).toEqual([])
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('any request for an approval', () => {
  it('keeps the limits of Slack and calls none but those who are asked, whatever the names are', () => {
    fc.assert(
      fc.property(evil, evil, fc.array(evil, { maxLength: 40 }), (service, image, names) => {
        const { hosts } = anOrder({}, names)
        const order = { ...full, hosts, image, target: { service, environment: 'production' } }
        const message = messageOf([{ ...asked, approvers: ['U02BOB', ...names] }], { order })
        expect(faultsOfBlocks(message.blocks)).toEqual([])
        expect(isTooLongAltogether(message.blocks)).toBe(false)
        expect(calledBy(message).filter(id => id !== 'U01ALICE')).toEqual(['U02BOB'])
      }),
      { numRuns: 200 },
    )
  })
})

/** Whom the message would notify. */
function calledBy({ text, blocks }: ReturnType<typeof parentMessage>): readonly string[] {
  const content = {
    attachments: [],
    metadata: undefined,
    parse: 'none',
    linkNames: false,
    unfurlsLinks: false,
  }
  const plain: unknown = JSON.parse(JSON.stringify(blocks))
  return [...new Set(mentionsIn({ ...content, text, blocks: Array.isArray(plain) ? plain : [] }))]
}

function messageOf(events: readonly DeploymentEvent[], about: Partial<Deployment> = {}) {
  return parentMessage(viewOf(events, about))
}

function viewOf(events: readonly DeploymentEvent[], about: Partial<Deployment> = {}): View {
  return events.reduce(after, firstView(aDeployment(about)))
}

function buttonsIn({ blocks }: ReturnType<typeof parentMessage>): readonly Record<string, unknown>[] {
  return blocks.flatMap(block => (block.type === 'actions' ? block.elements.map(each => ({ ...each })) : []))
}
