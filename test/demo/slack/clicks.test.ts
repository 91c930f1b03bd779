import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LocalSlack } from '../../../demo/slack/local-slack.ts'
import { approveButton, call, connected, openSlack, posted, type Socket } from './open-slack.ts'

let slack: LocalSlack
let socket: Socket
beforeEach(async () => {
  slack = await openSlack({ ackLimitMs: 300 })
  socket = await connected(slack)
})
afterEach(() => slack.close())

const TS = /^\d+\.\d{6}$/
const plain = (text: string) => ({ type: 'plain_text', text })
const button = (value: string, more: object = {}) => ({
  type: 'button',
  action_id: 'reject',
  text: plain('Reject'),
  value,
  ...more,
})
const confirm = { title: plain('Sure?'), text: plain('It stays as it is.'), confirm: plain('Reject') }

const at = (ts: string) => ({ channel: 'C1', ts })
const approve = (ts: string, user = 'U2') => ({ user, message: at(ts), actionId: 'approve' })
const reject = (ts: string) => ({ user: 'U2', message: at(ts), actionId: 'reject' })

/** The payload of a click that goes through. */
async function payloadOf(outcome: Promise<unknown>): Promise<unknown> {
  const frame = await socket.take('interactive')
  socket.ack(frame.envelope_id)
  expect(await outcome).toMatchObject({ status: 'acked', userSaw: undefined })
  return frame['payload']
}

describe('what a click sends', () => {
  test('is the whole block_actions payload with the message as it is shown', async () => {
    const ts = await posted(slack, { blocks: [approveButton] })
    expect(await payloadOf(slack.click(approve(ts)))).toEqual({
      type: 'block_actions',
      user: { id: 'U2', username: 'bob', name: 'bob', team_id: 'T1' },
      api_app_id: 'A1',
      token: expect.any(String),
      team: { id: 'T1', domain: 'acme' },
      enterprise: null,
      is_enterprise_install: false,
      container: { type: 'message', message_ts: ts, channel_id: 'C1', is_ephemeral: false },
      trigger_id: expect.any(String),
      channel: { id: 'C1', name: 'deploys' },
      message: {
        type: 'message',
        ts,
        user: 'U0BOT',
        bot_id: 'B1',
        app_id: 'A1',
        team: 'T1',
        text: 'hello',
        blocks: [approveButton],
      },
      state: { values: {} },
      response_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:/),
      actions: [
        {
          type: 'button',
          action_id: 'approve',
          block_id: 'decide',
          text: plain('Approve'),
          value: 'd1',
          style: 'primary',
          action_ts: expect.stringMatching(TS),
        },
      ],
    })
  })

  test('names the thread of a reply', async () => {
    const parent = await posted(slack)
    const ts = await posted(slack, { thread_ts: parent, blocks: [approveButton] })
    expect(await payloadOf(slack.click(approve(ts)))).toMatchObject({
      container: { message_ts: ts, thread_ts: parent },
      message: { thread_ts: parent },
    })
  })

  test('has the team of a stranger', async () => {
    const { ts } = await call(slack, 'chat.postMessage', {
      channel: 'C6',
      text: 'hello',
      blocks: [approveButton],
    })
    const click = { user: 'U4', message: { channel: 'C6', ts: String(ts) }, actionId: 'approve' }
    expect(await payloadOf(slack.click(click))).toMatchObject({ user: { id: 'U4', team_id: 'T2' } })
  })

  test('has no message when it was an ephemeral, which only its reader can click', async () => {
    const args = { channel: 'C1', user: 'U2', text: 'Sure?', blocks: [approveButton] }
    const ts = String((await call(slack, 'chat.postEphemeral', args))['message_ts'])
    await expect(slack.click(approve(ts, 'U1'))).rejects.toThrow('alice sees no message')
    const payload = await payloadOf(slack.click(approve(ts)))
    expect(payload).toMatchObject({ container: { is_ephemeral: true, message_ts: ts } })
    expect(payload).not.toHaveProperty('message')
  })

  test('opens one view', async () => {
    const ts = await posted(slack, { blocks: [approveButton] })
    const clicked = slack.click(approve(ts))
    await payloadOf(clicked)
    const { triggerId: trigger_id } = await clicked
    const view = { type: 'modal', title: plain('Why?'), blocks: [] }
    expect(await call(slack, 'views.open', { trigger_id, view })).toMatchObject({ ok: true })
    expect(await call(slack, 'views.open', { trigger_id, view })).toMatchObject({
      error: 'exchanged_trigger_id',
    })
  })
})

describe('only what is shown can be clicked', () => {
  test('a message that is there, with an element of this action id and value', async () => {
    const ts = await posted(slack, { blocks: [approveButton] })
    await expect(slack.click(approve('1.000001'))).rejects.toThrow('bob sees no message 1.000001 in deploys')
    await expect(slack.click(reject(ts))).rejects.toThrow('nothing with the action id reject to click on')
    await expect(slack.click({ ...approve(ts), value: 'd2' })).rejects.toThrow('approve and the value d2')
    slack.faults.deleteMessage('C1', ts)
    await expect(slack.click(approve(ts))).rejects.toThrow('bob sees no message')
  })

  test('a button that is gone cannot be, unless the screen was a moment late', async () => {
    const ts = await posted(slack, { blocks: [approveButton] })
    await call(slack, 'chat.update', { ...at(ts), text: 'decided' })
    await expect(slack.click(approve(ts))).rejects.toThrow('nothing with the action id approve')
    expect(await payloadOf(slack.click({ ...approve(ts), stale: true }))).toMatchObject({
      message: { text: 'decided' },
      actions: [{ action_id: 'approve', value: 'd1' }],
    })
  })

  test('one of several by its value, never just the first', async () => {
    const rows = ['d1', 'd2'].map(value => ({ type: 'actions', elements: [button(value)] }))
    const ts = await posted(slack, { blocks: rows })
    await expect(slack.click(reject(ts))).rejects.toThrow('2 things with the action id reject: say which')
    expect(await payloadOf(slack.click({ ...reject(ts), value: 'd2' }))).toMatchObject({
      actions: [{ value: 'd2' }],
    })
  })

  test('an accessory, and an option of a menu', async () => {
    const option = { text: plain('Two'), value: 'two' }
    const menu = {
      type: 'overflow',
      action_id: 'approve',
      options: [{ text: plain('One'), value: 'one' }, option],
    }
    const ts = await posted(slack, { blocks: [{ type: 'section', text: plain('Which?'), accessory: menu }] })
    expect(await payloadOf(slack.click({ ...approve(ts), value: 'two' }))).toMatchObject({
      actions: [{ type: 'overflow', selected_option: option }],
    })
  })

  test('by somebody in the channel', async () => {
    const { ts } = await call(slack, 'chat.postMessage', {
      channel: 'C5',
      text: 'hello',
      blocks: [approveButton],
    })
    const click = { user: 'U2', message: { channel: 'C5', ts: String(ts) }, actionId: 'approve' }
    await expect(slack.click(click)).rejects.toThrow('bob is not in small')
  })
})

describe('a dialog', () => {
  test('must be confirmed, and nothing is sent before', async () => {
    const ts = await posted(slack, { blocks: [{ type: 'actions', elements: [button('d1', { confirm })] }] })
    await expect(slack.click(reject(ts))).rejects.toThrow(/reject asks first: .*"It stays as it is\."/)
    expect(slack.envelopes).toEqual([])
    expect(await payloadOf(slack.click({ ...reject(ts), confirms: true }))).toMatchObject({
      actions: [{ action_id: 'reject' }],
    })
  })

  test('that is not shown cannot be confirmed', async () => {
    const ts = await posted(slack, { blocks: [approveButton] })
    await expect(slack.click({ ...approve(ts), confirms: true })).rejects.toThrow('approve asks nothing')
  })
})

describe('clicks in the same moment', () => {
  test('all arrive, each as its own, for none of them waits for another', async () => {
    const ts = await posted(slack, { blocks: [approveButton] })
    const outcomes = ['U1', 'U2', 'U2'].map(user => slack.click(approve(ts, user)))
    const frames = [1, 2, 3].map(() => socket.take('interactive'))
    const payloads = (await Promise.all(frames)).map(({ payload }) => payload)
    for (const { envelopeId } of slack.envelopes) socket.ack(envelopeId)
    expect((await Promise.all(outcomes)).map(({ status }) => status)).toEqual(['acked', 'acked', 'acked'])
    expect(payloads).toMatchObject(['U1', 'U2', 'U2'].map(id => ({ user: { id }, message: { ts } })))
    for (const one of [/"action_ts":"([^"]+)/, /"trigger_id":"([^"]+)/, /"response_url":"([^"]+)/])
      expect(new Set(payloads.map(payload => one.exec(JSON.stringify(payload))?.[1])).size).toBe(3)
  })

  test('one whose answer takes the button away does not stop the other, who saw it', async () => {
    const ts = await posted(slack, { blocks: [approveButton] })
    const [first, second] = [slack.click(approve(ts, 'U1')), slack.click(approve(ts))]
    const { responseUrl } = await acked(first)
    const headers = { 'Content-Type': 'application/json' }
    const body = JSON.stringify({ replace_original: true, text: 'approved by alice' })
    expect((await fetch(responseUrl, { method: 'POST', headers, body })).status).toBe(200)
    expect(await acked(second)).toMatchObject({ status: 'acked' })
    await call(slack, 'chat.postEphemeral', { channel: 'C1', user: 'U2', text: 'alice was first' })
    expect(slack.messages('C1')).toMatchObject([{ ts, text: 'approved by alice', blocks: [] }])
    expect(slack.ephemerals('U2')).toMatchObject([{ text: 'alice was first' }])
  })
})

describe('the ack of a click', () => {
  test('in time shows nobody anything: what it carries is ignored, and written down', async () => {
    const ts = await posted(slack, { blocks: [approveButton] })
    const outcome = slack.click(approve(ts))
    socket.ack((await socket.take('interactive')).envelope_id, { text: 'approved' })
    expect(await outcome).toMatchObject({ status: 'acked', userSaw: undefined })
    expect(slack.ephemerals('U2')).toEqual([])
    expect(slack.complaints).toEqual([expect.stringContaining('which Slack shows to nobody')])
  })

  test('that does not come is shown to who clicked', async () => {
    const ts = await posted(slack, { blocks: [approveButton] })
    expect(await slack.click(approve(ts))).toMatchObject({ timedOut: true, userSaw: 'operation_timeout' })
    await socket.close()
    expect(await slack.click(approve(ts))).toMatchObject({
      status: 'no connection',
      userSaw: 'dispatch_failed',
    })
  })

  test('may be one of two, when the click was delivered twice', async () => {
    const ts = await posted(slack, { blocks: [approveButton] })
    slack.faults.duplicateNextEnvelope()
    const outcome = slack.click(approve(ts))
    const [frame, copy] = [await socket.take('interactive'), await socket.take('interactive')]
    expect(copy).toEqual(frame)
    socket.ack(frame.envelope_id)
    socket.ack(copy.envelope_id)
    expect(await outcome).toMatchObject({ status: 'acked' })
    await socket.close()
    expect(slack.complaints).toEqual([])
  })
})

test('whoever leaves or joins a group is out or in at the next question', async () => {
  const members = async () => (await call(slack, 'usergroups.users.list', { usergroup: 'S1' }))['users']
  expect(await members()).toEqual(['U1', 'U2'])
  slack.setGroup({ id: 'S1', handle: 'backend', users: ['U2', 'U3'] })
  expect(await members()).toEqual(['U2', 'U3'])
})

async function acked(outcome: ReturnType<LocalSlack['click']>): ReturnType<LocalSlack['click']> {
  socket.ack((await socket.take('interactive')).envelope_id)
  return outcome
}
