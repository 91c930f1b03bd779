import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mentionsIn } from '../../demo/slack/mentions.ts'
import { faultsOfBlocks, isTooLongAltogether } from '../../demo/slack/validate-blocks.ts'
import type { Deployment } from '../../src/deployment.ts'
import type { DeploymentEvent } from '../../src/event.ts'
import type { HostResult } from '../../src/host-result.ts'
import { after, firstView, type View } from '../../src/sentences/view.ts'
import {
  answerMessage,
  finalMessage,
  parentMessage,
  type SlackMessage,
  threadMessage,
} from '../../src/slack/blocks.ts'
import { newTelling, nextLines } from '../../src/slack/telling.ts'
import { aDeployment, anOrder, NEW, OLD, viewAfter } from '../sentences/deployments.ts'
import { ended, hostDone, started, step, wholeDeploy } from './telling-world.ts'

const failed: HostResult = {
  status: 'failed',
  step: 'reset',
  because: { kind: 'exit', code: 128, output: 'fatal: <!channel> no space left on device' },
  now: { head: OLD, served: OLD, container: 'running' },
}

describe('the message of a deployment', () => {
  it.each([
    [
      'queued',
      [{ kind: 'queued', position: 1, behind: ['x'] }],
      ':hourglass_flowing_sand: *creator: waiting',
    ],
    ['running', [started], ':rocket: *creator: deploying 4f2c1ab'],
    ['succeeded', wholeDeploy, ':white_check_mark: *creator succeeded'],
    ['failed', endedBy(failed, 'failed'), ':x: *creator failed'],
    [
      'interrupted',
      endedBy({ ...failed, status: 'unknown' }, 'interrupted'),
      ':warning: *creator was interrupted',
    ],
  ] satisfies [string, readonly DeploymentEvent[], string][])(
    'says %s by emoji and word',
    (_, events, headline) => {
      const view = events.reduce(after, firstView(aDeployment()))
      expect(partOf(parentMessage(view), 0)).toContain(headline)
    },
  )

  it('says who, which revision against which, which hosts and when', () => {
    const changes = {
      from: OLD,
      commits: [{ revision: NEW, author: 'Ann', subject: 'Faster <b>' }],
      total: 7,
      removed: 0,
      compareUrl: 'https://github.com/team/creator/compare/1a2b...4f2c?w=1&x=2',
    }
    const message = parentMessage(viewAfter(wholeDeploy, { changes, createdAt: 1_800_000_000_000 }))
    const facts = partOf(message, 1)
    expect(facts).toContain('by <@U01ALICE>')
    expect(facts).toContain(
      '<https://github.com/team/creator/compare/1a2b...4f2c?w=1&amp;x=2|4f2c1ab> (master)',
    )
    expect(facts).toContain('on web1, web2')
    expect(facts).toContain('<!date^1800000000^{date_short_pretty} {time_secs}|2027-01-15 08:00 UTC>')
    expect(partOf(message, 2)).toContain('• `4f2c1ab` Faster &lt;b&gt; (Ann)')
    expect(partOf(message, 2)).toContain('and 6 more')
    expect(partOf(message, 3)).toContain(
      ':white_check_mark: web1: done, proved that it serves the revision, 1.9 s',
    )
  })

  it.each(['javascript:alert(1)', 'https://x.example/a|b', 'https://x.example/<!channel>', 'not a url'])(
    'makes no link of %s',
    compareUrl => {
      const changes = { from: OLD, commits: [], total: 0, removed: 0, compareUrl }
      expect(partOf(parentMessage(viewAfter([], { changes })), 1)).toContain('`4f2c1ab` (master)')
    },
  )

  it('shows of 200 hosts those that need a look first, and counts the rest', () => {
    const names = Array.from({ length: 200 }, (_, index) => `web${index}`)
    const order = anOrder({}, names)
    const events = names.map(
      (host): DeploymentEvent =>
        host === 'web150' ? { kind: 'host-ended', host, result: failed, durationMs: 5 } : hostDone(host),
    )
    const hosts = partOf(
      parentMessage(viewAfter([started, ...events, { ...ended, ending: 'partial' }], { order })),
      2,
    )
    expect(hosts).toMatch(/^:x: web150: failed at reset/)
    expect(hosts).toMatch(/and \d+ more hosts: \d+ done$/)
  })
})

describe('the thread', () => {
  it('shows what a failing step printed as it is, and calls nobody', () => {
    const failing: DeploymentEvent = {
      kind: 'step',
      host: 'web1',
      step: 'reset',
      outcome: {
        status: 'failed',
        exit: { code: 128 },
        output: 'fatal: ``` <!channel> <@U01ALICE>',
        durationMs: 9,
      },
    }
    const view = viewAfter([started, failing])
    const telling = { ...newTelling(view.deployment), events: [started, failing] }
    const message = threadMessage(view, nextLines(telling).parts)
    expect(JSON.stringify(message.blocks)).toContain(
      '{"type":"rich_text_preformatted","elements":[{"type":"text","text":"fatal: ``` <!channel> <@U01ALICE>"}]}',
    )
    expect(message.text).toContain('&lt;!channel&gt; &lt;@U01ALICE&gt;')
    expect(called(message)).toEqual([])
  })

  it('takes as many events as fit into one reply, and leaves the others for the next', () => {
    const events = Array.from({ length: 500 }, (_, index) => step('web1', `step-${index}`))
    const telling = { ...newTelling(aDeployment()), events }
    const first = nextLines(telling)
    expect(first.upTo).toBeGreaterThan(50)
    expect(first.upTo).toBeLessThan(500)
    const second = nextLines({ ...telling, told: { ...telling.told, lines: first.upTo } })
    expect(second.parts[0]?.text).toContain(`step-${first.upTo}`)
  })
})

describe('the broadcast', () => {
  it('calls who asked when it did not go well, and nobody when it did', () => {
    expect(called(finalMessage(viewAfter(endedBy(failed, 'failed'))))).toEqual(['U01ALICE'])
    expect(called(finalMessage(viewAfter(wholeDeploy)))).toEqual([])
  })
})

describe('an answer', () => {
  it('makes ids mentions and backticks code, and keeps the rest as text', () => {
    const message = answerMessage('Ask U01ALICE or S0BACKEND, not `U02BOB`: <!here> & x-U01ALICE')
    expect(message.text).toBe(
      'Ask <@U01ALICE> or <!subteam^S0BACKEND>, not `U02BOB`: &lt;!here&gt; &amp; x-U01ALICE',
    )
    expect(message.blocks).toEqual([
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: 'Ask ' },
              { type: 'user', user_id: 'U01ALICE' },
              { type: 'text', text: ' or ' },
              { type: 'usergroup', usergroup_id: 'S0BACKEND' },
              { type: 'text', text: ', not ' },
              { type: 'text', text: 'U02BOB', style: { code: true } },
              { type: 'text', text: ': <!here> & x-U01ALICE' },
            ],
          },
        ],
      },
    ])
  })
})

describe('any message', () => {
  const evil = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.constantFrom(
      '<!channel>',
      '<@U09EVIL>',
      '&'.repeat(4_000),
      '`<!here>',
      '\u202e',
      '\ud800',
      '*'.repeat(3_000),
      'U09EVIL',
    ),
    fc.string({
      unit: fc.constantFrom('<', '>', '&', '`', '|', '\n', '\u200f', 'a', '😀'),
      maxLength: 3_000,
    }),
  )
  const commit = fc.record({ revision: fc.constant<string>(NEW), author: evil, subject: evil })
  const changes = fc.record({
    from: fc.constant(OLD),
    commits: fc.array(commit, { maxLength: 10 }),
    total: fc.nat(),
    removed: fc.nat(20),
    compareUrl: fc.option(fc.oneof(evil, fc.webUrl()), { nil: undefined }),
  })
  const outcome = fc.oneof(
    fc.record({ status: fc.constant('ok' as const), output: fc.constant(''), durationMs: fc.nat() }),
    fc.record({
      status: fc.constant('failed' as const),
      exit: fc.record({ code: fc.nat(255) }),
      output: evil,
      durationMs: fc.nat(),
    }),
  )
  const world = fc
    .record({ count: fc.integer({ min: 1, max: 200 }), name: evil, ref: evil, changes })
    .chain(({ count, name, ref, changes: brought }) => {
      const hosts = Array.from({ length: count }, (_, index) => `${name.slice(0, 60)}${index}`)
      const host = fc.constantFrom(...hosts)
      const event = fc.oneof(
        fc.record({ kind: fc.constant('step' as const), host, step: evil, outcome }),
        fc.record({
          kind: fc.constant('host-ended' as const),
          host,
          result: fc.constantFrom(failed, { status: 'untouched' as const }),
          durationMs: fc.nat(),
        }),
        fc.constant(started),
        fc.constant({ ...ended, ending: 'failed' as const }),
        fc.record({ kind: fc.constant('changes' as const), changes }),
      )
      const about: Partial<Deployment> = { order: anOrder({}, hosts), ref, changes: brought }
      return fc.record({ events: fc.array(event, { maxLength: 30 }), about: fc.constant(about) })
    })

  it('keeps the limits of Slack and calls nobody whom we do not name, whatever there is to tell', () => {
    fc.assert(
      fc.property(world, evil, ({ events, about }, answer) => {
        const view: View = viewAfter(events, about)
        const telling = { ...newTelling(view.deployment), events: [...events] }
        const messages = [
          parentMessage(view, ['Meant for C03OUT, where the bot may not write.']),
          threadMessage(view, nextLines(telling).parts),
          finalMessage(view),
        ]
        for (const message of [...messages, answerMessage(answer)]) {
          expect(faultsOfBlocks(message.blocks)).toEqual([])
          expect(isTooLongAltogether(message.blocks)).toBe(false)
          expect(textLength(message.blocks)).toBeLessThanOrEqual(9_000)
        }
        for (const message of messages) expect(called(message).filter(id => id !== 'U01ALICE')).toEqual([])
        expect(messages[0]?.text.length).toBeLessThanOrEqual(4_000)
        expect(messages[0]?.text.length).toBeGreaterThan(0)
      }),
      { numRuns: 300 },
    )
  })
})

function endedBy(result: HostResult, ending: 'failed' | 'interrupted'): readonly DeploymentEvent[] {
  return [started, { kind: 'host-ended', host: 'web1', result, durationMs: 5 }, { ...ended, ending }]
}

function partOf(message: SlackMessage, index: number): string {
  const block = message.blocks[index]
  if (block?.type === 'section') return block.text?.text ?? ''
  if (block?.type === 'context')
    return block.elements.map(part => ('text' in part ? part.text : '')).join('\n')
  throw new Error(`Block ${index} is no text.`)
}

/** Whom the message would notify. */
function called({ text, blocks }: SlackMessage): readonly string[] {
  const unlinked = {
    attachments: [],
    metadata: undefined,
    parse: 'none',
    linkNames: false,
    unfurlsLinks: false,
  }
  const plain: unknown = JSON.parse(JSON.stringify(blocks))
  return [...new Set(mentionsIn({ ...unlinked, text, blocks: Array.isArray(plain) ? plain : [] }))]
}

function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + textLength(item), 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce(
    (sum, [name, found]) =>
      sum + (name === 'text' && typeof found === 'string' ? found.length : textLength(found)),
    0,
  )
}
