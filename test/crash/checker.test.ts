import { describe, expect, it } from 'vitest'
import { type Seen, type Shown, wrongIn } from './checker.ts'

const kinds = (...kinds: readonly string[]) =>
  kinds.map((kind, index) => {
    const event = { kind, ...(kind === 'started' || kind === 'resumed' ? { fence: index + 1 } : {}) }
    return { deployment_id: 'd1', n: index + 1, event_json: JSON.stringify(event) }
  })

const message = (ts: string, over: Partial<Shown> = {}): Shown => ({
  ...{ ts, thread_ts: undefined, broadcast: false, text: 'app succeeded', blocks: [] },
  ...over,
})

const turn = (second: number, edge: string, last: string) =>
  `2025-11-21T07:00:0${second}.000000000Z d1 app.production ${edge} ${last}`

const order = JSON.stringify({ kind: 'code', revision: 'new', hosts: [{ name: 'web1' }] })
const deployment = {
  id: 'd1',
  trigger_id: 't1',
  status: 'succeeded',
  events: 3,
  order_hash: null,
  order_json: order,
}
const said = {
  what: 'app',
  by: 'U1',
  at: Date.parse('2025-11-21T07:00:00Z'),
  on: undefined,
  trigger: 't1',
  isAcknowledged: true,
}

/** One command, deployed and told, and one that was refused. */
const well: Seen = {
  said: [said, { ...said, what: 'no', trigger: 't2' }],
  commands: [
    { trigger_id: 't1', settled_at: 5 },
    { trigger_id: 't2', settled_at: 6 },
  ],
  deployments: [deployment],
  events: kinds('started', 'host-ended', 'ended'),
  told: [{ deployment_id: 'd1', parent: '1.0' }],
  audit: [{ detail: 'd1 through U1' }],
  messages: [
    message('1.0'),
    message('1.1', { thread_ts: '1.0', text: 'web1: reset' }),
    message('1.2', { thread_ts: '1.0', broadcast: true }),
  ],
  answers: new Map([['U1', ['no']]]),
  journals: new Map([
    [
      'web1',
      [
        turn(1, 'host-lock start', '1'),
        turn(2, 'reset start', '-'),
        turn(3, 'reset end', '0'),
        turn(4, 'host-lock end', '0'),
      ],
    ],
  ]),
  serving: new Map([['web1', 'new']]),
  twice: { messages: 0, answers: 0 },
}

it('finds nothing where all is well', () => {
  expect(wrongIn(well)).toEqual([])
})

describe('finds what was planted', () => {
  it.each<[string, Partial<Seen>, RegExp]>([
    [
      'an acknowledged command that nobody recorded',
      { said: [...well.said, { ...said, trigger: 't3' }] },
      /"app" was acknowledged and is not in the records/,
    ],
    [
      'a command that nobody settled',
      { commands: [{ trigger_id: 't1', settled_at: null }, ...well.commands.slice(1)] },
      /t1 is not settled/,
    ],
    ['a command that nobody said', { said: [said] }, /nobody said the command t2/],
    ['a refusal that nobody was told', { answers: new Map() }, /U1 got 0 answers to 1 commands/],
    ['one answer too many', { answers: new Map([['U1', ['no', 'no']]]) }, /2 answers were given where 1/],
    [
      'a deployment that is still running',
      { deployments: [{ ...deployment, status: 'running' }] },
      /d1 is running/,
    ],
    [
      'an event that is missing',
      { events: kinds('started', 'ended').map(row => ({ ...row, n: row.n * 2 })) },
      /has 2 of 3 events/,
    ],
    ['two ends', { events: kinds('started', 'ended', 'ended') }, /has ended 2 times/],
    ['two starts', { events: kinds('started', 'started', 'ended') }, /was started twice/],
    ['a step after the end', { events: kinds('started', 'ended', 'step') }, /went on after its end: step/],
    [
      'a resume under the same fence',
      {
        events: kinds('started', 'resumed', 'ended').map(row => ({
          ...row,
          event_json: row.event_json.replace('"fence":2', '"fence":1'),
        })),
      },
      /under the fences 1,1/,
    ],
    ['a decision that is in no audit', { audit: [] }, /d1 is in no audit/],
    ['a deployment without a message', { told: [] }, /d1 has no message/],
    [
      'an end that nobody announced',
      { messages: well.messages.slice(0, 2) },
      /the end of the deployment d1 was not announced/,
    ],
    [
      'a message that shows no end',
      { messages: [message('1.0', { text: 'app: running' }), ...well.messages.slice(1)] },
      /shows no end: app: running/,
    ],
    [
      'a second message',
      { messages: [...well.messages, message('2.0')] },
      /1 messages stand twice, where 0 may/,
    ],
    [
      'a second announcement',
      { messages: [...well.messages, message('1.3', { thread_ts: '1.0', broadcast: true })] },
      /1 messages stand twice/,
    ],
    [
      'a line twice in a thread',
      { messages: [...well.messages, message('1.3', { thread_ts: '1.0', text: 'web1: reset' })] },
      /1 messages stand twice/,
    ],
    [
      'a step that never ended',
      { journals: new Map([['web1', [turn(2, 'reset start', '-')]]]) },
      /reset of d1 .* never ended/,
    ],
    [
      'an order that nobody approved',
      { deployments: [{ ...deployment, order_hash: 'h' }] },
      /reset of d1 .* came before its approval/,
    ],
    [
      'an order that was approved later',
      {
        deployments: [{ ...deployment, order_hash: 'h' }],
        said: [
          ...well.said,
          { ...said, what: 'approve', on: '1.0', trigger: 't1', at: Date.parse('2025-11-21T07:00:09Z') },
        ],
      },
      /reset of d1 .* came before its approval/,
    ],
    [
      'a host that serves something else',
      { serving: new Map([['web1', 'old']]) },
      /web1 serves old, and d1 says new/,
    ],
  ])('%s', (_, change, sentence) => {
    expect(wrongIn({ ...well, ...change }).join('\n')).toMatch(sentence)
  })
})

it('lets a swap that was interrupted start again when somebody says so', () => {
  const events = kinds('started', 'resumed', 'stalled', 'answered', 'started', 'ended')
  expect(wrongIn({ ...well, events, deployments: [{ ...deployment, events: 6 }] })).toEqual([])
})

it('lets stand twice what was sent when the bot died, and no more', () => {
  const messages = [...well.messages, message('2.0')]
  expect(wrongIn({ ...well, messages, twice: { messages: 1, answers: 0 } })).toEqual([])
  expect(
    wrongIn({ ...well, messages: [...messages, message('3.0')], twice: { messages: 1, answers: 0 } }),
  ).toHaveLength(1)
})
