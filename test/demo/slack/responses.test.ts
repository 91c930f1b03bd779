import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LocalSlack } from '../../../demo/slack/local-slack.ts'
import { approveButton, call, connected, openSlack, posted, type Socket } from './open-slack.ts'

let slack: LocalSlack
let socket: Socket
let nowMs: number
beforeEach(async () => {
  nowMs = Date.UTC(2026, 0, 1)
  slack = await openSlack({ now: () => nowMs })
  socket = await connected(slack)
})
afterEach(() => slack.close())

async function askedUrl(): Promise<string> {
  const outcome = slack.command({ user: 'U1', channel: 'C2', text: 'status' })
  socket.ack((await socket.take('slash_commands')).envelope_id)
  return (await outcome).responseUrl
}

async function clickedUrl(ts: string): Promise<string> {
  const outcome = slack.click({ user: 'U1', message: { channel: 'C1', ts }, actionId: 'approve' })
  socket.ack((await socket.take('interactive')).envelope_id)
  return (await outcome).responseUrl
}

async function respond(url: string, body: object): Promise<readonly [number, string]> {
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return [response.status, await response.text()]
}

describe('a response_url', () => {
  test('works five times', async () => {
    const url = await askedUrl()
    for (let use = 1; use <= 5; use += 1)
      expect(await respond(url, { text: `answer ${use}` })).toEqual([200, 'ok'])
    expect(await respond(url, { text: 'answer 6' })).toEqual([404, 'used_url'])
    expect(slack.ephemerals('U1').map(({ text }) => text)).toEqual(
      [1, 2, 3, 4, 5].map(use => `answer ${use}`),
    )
  })

  test('works for thirty minutes', async () => {
    const url = await askedUrl()
    nowMs += 30 * 60 * 1000
    expect(await respond(url, { text: 'just in time' })).toEqual([200, 'ok'])
    nowMs += 1
    expect(await respond(url, { text: 'late' })).toEqual([404, 'used_url'])
  })

  test.each<[string, object, string]>([
    ['nothing to say', {}, 'no_text'],
    ['bad blocks', { blocks: [{ type: 'x' }] }, 'invalid_blocks'],
    ['an unknown response type', { text: 'a', response_type: 'everybody' }, 'invalid_response_type'],
  ])('refuses %s', async (_, body, error) => {
    expect(await respond(await askedUrl(), body)).toEqual([400, error])
    expect(slack.ephemerals('U1')).toEqual([])
  })

  test('refuses what is no JSON object, and an address that was never given', async () => {
    const url = await askedUrl()
    expect((await fetch(url, { method: 'POST', body: 'hello' })).status).toBe(400)
    expect(await respond(url.replace(/[^/]+$/, 'made-up'), { text: 'a' })).toEqual([404, 'used_url'])
  })

  test('tells the asker alone, or the channel even where the bot is not', async () => {
    const url = await askedUrl()
    await respond(url, { text: 'for you' })
    expect([slack.ephemerals('U1').length, slack.messages('C2').length]).toEqual([1, 0])
    await respond(url, { text: 'for all', response_type: 'in_channel' })
    expect(slack.messages('C2')).toMatchObject([{ text: 'for all', via: 'response_url' }])
  })

  test('of a click replaces or deletes what was clicked', async () => {
    const ts = await posted(slack, { blocks: [approveButton] })
    const url = await clickedUrl(ts)
    await respond(url, { replace_original: true, text: 'approved' })
    expect(slack.messages('C1')).toMatchObject([
      { ts, text: 'approved', blocks: [], history: [{ text: 'hello' }] },
    ])
    await respond(url, { delete_original: true })
    expect(slack.messages('C1')).toEqual([])
  })

  test('of a click on an ephemeral replaces or deletes that', async () => {
    const args = { channel: 'C1', user: 'U1', text: 'Sure?', blocks: [approveButton] }
    const url = await clickedUrl(String((await call(slack, 'chat.postEphemeral', args))['message_ts']))
    await respond(url, { replace_original: true, text: 'done' })
    expect(slack.ephemerals('U1')).toMatchObject([{ text: 'done', blocks: [] }])
    await respond(url, { delete_original: true })
    expect(slack.ephemerals('U1')).toEqual([])
  })
})

test('a trigger is too old after three seconds', async () => {
  const outcome = slack.command({ user: 'U1', channel: 'C1', text: '' })
  socket.ack((await socket.take('slash_commands')).envelope_id)
  const { triggerId: trigger_id } = await outcome
  nowMs += 3001
  const view = { type: 'modal', title: { type: 'plain_text', text: 'Deploy' }, blocks: [] }
  expect(await call(slack, 'views.open', { trigger_id, view })).toMatchObject({ error: 'expired_trigger_id' })
})
