import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LocalSlack } from '../../../demo/slack/local-slack.ts'
import { approveButton, call, openSlack, post, posted, tokens } from './open-slack.ts'

let slack: LocalSlack
beforeEach(async () => {
  slack = await openSlack()
})
afterEach(() => slack.close())

const section = { type: 'section', text: { type: 'mrkdwn', text: 'hello' } }

describe('who may call', () => {
  test.each<[string, string, string, string]>([
    ['no token', 'auth.test', '', 'not_authed'],
    ['an unknown token', 'auth.test', 'xoxb-old', 'invalid_auth'],
    ['the app token where the bot token belongs', 'chat.postMessage', tokens.app, 'not_allowed_token_type'],
    [
      'the bot token where the app token belongs',
      'apps.connections.open',
      tokens.bot,
      'not_allowed_token_type',
    ],
    ['a method that does not exist', 'chat.poke', tokens.bot, 'unknown_method'],
    ['a method that only Slack has', 'conversations.history', tokens.bot, 'unknown_method'],
  ])('%s: refused', async (_, method, token, error) => {
    expect(await call(slack, method, { channel: 'C1', text: 'a' }, token)).toMatchObject({ ok: false, error })
    expect(slack.messages('C1')).toEqual([])
  })

  test('a token in the body counts for nothing', async () => {
    expect(await call(slack, 'auth.test', { token: tokens.bot }, '')).toMatchObject({ error: 'not_authed' })
  })

  test('a missing scope is named, with what the app has', async () => {
    const poor = await openSlack({ scopes: ['commands', 'chat:write'] })
    expect(await call(poor, 'usergroups.users.list', { usergroup: 'S1' })).toEqual({
      ok: false,
      error: 'missing_scope',
      needed: 'usergroups:read',
      provided: 'commands,chat:write',
    })
    await poor.close()
  })

  test('GET is not answered, nor a body of another type', async () => {
    expect((await fetch(`${slack.apiUrl}auth.test`)).status).toBe(405)
    const headers = { Authorization: `Bearer ${tokens.bot}`, 'Content-Type': 'text/plain' }
    const response = await fetch(`${slack.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers,
      body: 'channel=C1',
    })
    expect(await response.json()).toMatchObject({ ok: false, error: 'invalid_post_type' })
  })

  test('auth.test names team, bot and app', async () => {
    expect(await call(slack, 'auth.test')).toMatchObject({
      ok: true,
      team_id: 'T1',
      user_id: 'U0BOT',
      bot_id: 'B1',
    })
  })

  test('every call is logged with the kind of its token, its arguments and its answer, never the token', async () => {
    await call(slack, 'users.info', { user: 'U1' }, 'xoxb-old')
    expect(slack.calls).toMatchObject([
      {
        method: 'users.info',
        token: 'unknown',
        args: { user: 'U1' },
        status: 200,
        answer: { error: 'invalid_auth' },
      },
    ])
    expect(JSON.stringify(slack.calls)).not.toContain('xoxb')
  })
})

describe('chat.postMessage refuses', () => {
  test.each<[string, object, string]>([
    ['an unknown channel', { channel: 'C9' }, 'channel_not_found'],
    ['a channel without the bot', { channel: 'C2' }, 'not_in_channel'],
    ['a private channel without the bot, as if it were not there', { channel: 'C3' }, 'channel_not_found'],
    ['an archived channel', { channel: 'C4' }, 'is_archived'],
    ['nothing to say', { text: '' }, 'no_text'],
    ['an empty list of blocks and no text', { text: '', blocks: [] }, 'no_text'],
    ['blocks that are no list', { blocks: section }, 'invalid_blocks_format'],
    ['blocks that are no JSON', { blocks: '[{' }, 'invalid_blocks_format'],
    ['a bad block in an attachment', { attachments: [{ blocks: [{ type: 'x' }] }] }, 'invalid_blocks'],
    [
      '101 attachments',
      { attachments: Array.from({ length: 101 }, () => ({ text: 'a' })) },
      'too_many_attachments',
    ],
    ['a thread that is not there', { thread_ts: '1.000001' }, 'thread_not_found'],
    ['a thread_ts that is a number', { thread_ts: 1722.5 }, 'invalid_thread_ts'],
    ['metadata without a payload', { metadata: { event_type: 'deploy' } }, 'invalid_metadata_schema'],
  ])('%s', async (_, args, error) => {
    expect(await call(slack, 'chat.postMessage', { channel: 'C1', text: 'a', ...args })).toMatchObject({
      ok: false,
      error,
    })
    expect(slack.messages('C1')).toEqual([])
  })

  test('bad blocks, and says in response_metadata which', async () => {
    expect(
      await call(slack, 'chat.postMessage', { channel: 'C1', blocks: [section, { type: 'x' }] }),
    ).toEqual({
      ok: false,
      error: 'invalid_blocks',
      errors: ['unsupported type: x [json-pointer:/blocks/1/type]'],
      response_metadata: { messages: ['[ERROR] unsupported type: x [json-pointer:/blocks/1/type]'] },
    })
  })

  test('blocks that are too long altogether', async () => {
    const long = { type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(2700) } }
    const blocks = [long, long, long, long, long]
    expect(await call(slack, 'chat.postMessage', { channel: 'C1', blocks })).toMatchObject({
      error: 'msg_blocks_too_long',
    })
    expect(await call(slack, 'chat.postMessage', { channel: 'C1', blocks: blocks.slice(1) })).toMatchObject({
      ok: true,
    })
  })

  test('a reply to a reply', async () => {
    const reply = await posted(slack, { thread_ts: await posted(slack) })
    expect(
      await call(slack, 'chat.postMessage', { channel: 'C1', text: 'a', thread_ts: reply }),
    ).toMatchObject({
      error: 'cannot_reply_to_message',
    })
  })
})

describe('chat.postMessage', () => {
  test('cuts a text of more than 40,000 characters', async () => {
    await posted(slack, { text: 'x'.repeat(40_001) })
    expect(slack.messages('C1')[0]?.text).toHaveLength(40_000)
  })

  test('takes a form with JSON in it as well as JSON', async () => {
    const headers = {
      Authorization: `Bearer ${tokens.bot}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    }
    const body = new URLSearchParams({
      channel: 'C1',
      blocks: JSON.stringify([section]),
      unfurl_links: 'false',
    })
    const response = await fetch(`${slack.apiUrl}chat.postMessage`, { method: 'POST', headers, body })
    expect(await response.json()).toMatchObject({ ok: true })
    expect(slack.messages('C1')).toMatchObject([{ blocks: [section], unfurlsLinks: false, parse: 'none' }])
    expect(slack.calls[0]?.args['blocks']).toEqual([section])
  })

  test('gives every message of a hundred its own ts', async () => {
    const sent = await Promise.all(Array.from({ length: 100 }, () => posted(slack)))
    expect(new Set(sent).size).toBe(100)
    for (const ts of sent) expect(ts).toMatch(/^\d{10}\.\d{6}$/)
  })

  test('shows a reply in the channel only if it is broadcast', async () => {
    const parent = await posted(slack)
    await posted(slack, { text: 'quiet', thread_ts: parent })
    await posted(slack, { text: 'loud', thread_ts: parent, reply_broadcast: true })
    expect(slack.timeline('C1').map(({ text }) => text)).toEqual(['hello', 'loud'])
    expect(slack.thread('C1', parent).map(({ text }) => text)).toEqual(['quiet', 'loud'])
  })
})

describe('chat.update', () => {
  test.each<[string, (ts: string) => object, string]>([
    ['an unknown ts', () => ({ ts: '1.000001', text: 'a' }), 'message_not_found'],
    ['a channel by its name', ts => ({ channel: 'deploys', ts, text: 'a' }), 'channel_not_found'],
    ['a text of 4001', ts => ({ ts, text: 'x'.repeat(4001) }), 'msg_too_long'],
    [
      'a text of 4001 though blocks come along',
      ts => ({ ts, text: 'x'.repeat(4001), blocks: [section] }),
      'msg_too_long',
    ],
    ['nothing to say', ts => ({ ts }), 'no_text'],
    ['bad blocks', ts => ({ ts, text: 'a', blocks: [{ type: 'x' }] }), 'invalid_blocks'],
  ])('refuses %s', async (_, args, error) => {
    const ts = await posted(slack)
    expect(await call(slack, 'chat.update', { channel: 'C1', ...args(ts) })).toMatchObject({
      ok: false,
      error,
    })
    expect(slack.messages('C1')).toMatchObject([{ text: 'hello', history: [] }])
  })

  test('of a deleted message finds nothing', async () => {
    const ts = await posted(slack)
    slack.faults.deleteMessage('C1', ts)
    expect(await call(slack, 'chat.update', { channel: 'C1', ts, text: 'a' })).toMatchObject({
      error: 'message_not_found',
    })
  })

  test('and chat.delete leave a message alone that somebody else wrote', async () => {
    const ts = slack.say('U1', 'C1', 'mine')
    expect(await call(slack, 'chat.update', { channel: 'C1', ts, text: 'a' })).toMatchObject({
      error: 'cant_update_message',
    })
    expect(await call(slack, 'chat.delete', { channel: 'C1', ts })).toMatchObject({
      error: 'cant_delete_message',
    })
    expect(slack.messages('C1')).toMatchObject([{ text: 'mine', user: 'U1', via: 'a person' }])
  })

  test('of an ephemeral finds nothing', async () => {
    const { message_ts } = await call(slack, 'chat.postEphemeral', {
      channel: 'C1',
      user: 'U1',
      text: 'psst',
    })
    expect(await call(slack, 'chat.update', { channel: 'C1', ts: message_ts, text: 'a' })).toMatchObject({
      error: 'message_not_found',
    })
  })

  test('with text alone deletes the blocks, labels the message as edited and lets parse fall back to client', async () => {
    const ts = await posted(slack, { blocks: [section] })
    await call(slack, 'chat.update', { channel: 'C1', ts, text: 'later' })
    const [message] = slack.messages('C1')
    expect(message).toMatchObject({ text: 'later', blocks: [], edited: true, parse: 'client' })
    expect(message?.history).toMatchObject([{ text: 'hello', blocks: [section], parse: 'none' }])
  })

  test('with blocks leaves no label', async () => {
    const ts = await posted(slack, { blocks: [section] })
    await call(slack, 'chat.update', { channel: 'C1', ts, text: 'later', blocks: [section], parse: 'none' })
    expect(slack.messages('C1')).toMatchObject([{ edited: false, parse: 'none', text: 'later' }])
  })

  test('leaves a thread standing whose parent was deleted, but not the parent', async () => {
    const ts = await posted(slack)
    const reply = await posted(slack, { thread_ts: ts })
    slack.faults.deleteMessage('C1', ts)
    expect(slack.messages('C1').map(message => message.ts)).toEqual([reply])
    expect(await call(slack, 'chat.postMessage', { channel: 'C1', text: 'a', thread_ts: ts })).toMatchObject({
      ok: true,
    })
  })
})

describe('other chat methods', () => {
  test('an ephemeral reaches one member of the channel and nobody else', async () => {
    const args = { channel: 'C5', text: 'psst' }
    expect(await call(slack, 'chat.postEphemeral', { ...args, user: 'U2' })).toMatchObject({
      error: 'user_not_in_channel',
    })
    expect(await call(slack, 'chat.postEphemeral', { ...args, user: 'U1' })).toMatchObject({ ok: true })
    expect(slack.ephemerals('U1')).toMatchObject([{ text: 'psst', channel: 'C5' }])
    expect([slack.ephemerals('U2'), slack.messages('C5')]).toEqual([[], []])
  })

  test('a message is deleted once', async () => {
    const ts = await posted(slack)
    expect(await call(slack, 'chat.delete', { channel: 'C1', ts })).toMatchObject({ ok: true })
    expect(await call(slack, 'chat.delete', { channel: 'C1', ts })).toMatchObject({
      error: 'message_not_found',
    })
  })

  test('a permalink leads to the message, a reply names its thread', async () => {
    const ts = await posted(slack)
    const reply = await posted(slack, { thread_ts: ts })
    const { permalink } = await call(slack, 'chat.getPermalink', { channel: 'C1', message_ts: reply })
    expect(permalink).toBe(
      `https://acme.slack.com/archives/C1/p${reply.replace('.', '')}?thread_ts=${ts}&cid=C1`,
    )
    expect(await call(slack, 'chat.getPermalink', { channel: 'C1', message_ts: '1.000001' })).toMatchObject({
      error: 'message_not_found',
    })
  })

  test('a reaction counts once', async () => {
    const args = { channel: 'C1', timestamp: await posted(slack), name: 'rocket' }
    expect(await call(slack, 'reactions.add', args)).toMatchObject({ ok: true })
    expect(await call(slack, 'reactions.add', args)).toMatchObject({ error: 'already_reacted' })
    expect(await call(slack, 'reactions.add', { ...args, name: ':rocket:' })).toMatchObject({
      error: 'invalid_name',
    })
  })
})

describe('people and groups', () => {
  test('users.info shows the flags that are set and leaves out the others', async () => {
    expect(await call(slack, 'users.info', { user: 'U3' })).toMatchObject({
      user: { id: 'U3', team_id: 'T1', is_restricted: true },
    })
    expect((await call(slack, 'users.info', { user: 'U3' }))['user']).not.toHaveProperty('is_bot')
    expect(await call(slack, 'users.info', { user: 'U9' })).toMatchObject({ error: 'user_not_found' })
  })

  test('a group is its people; one that is unknown or disabled is none', async () => {
    expect(await call(slack, 'usergroups.users.list', { usergroup: 'S1' })).toEqual({
      ok: true,
      users: ['U1', 'U2'],
    })
    expect(await call(slack, 'usergroups.users.list', { usergroup: 'S2' })).toMatchObject({
      error: 'no_such_subteam',
    })
    expect(await call(slack, 'usergroups.users.list', { usergroup: 'S9' })).toMatchObject({
      error: 'no_such_subteam',
    })
    expect(await call(slack, 'usergroups.list')).toMatchObject({
      usergroups: [{ id: 'S1', handle: 'backend' }],
    })
  })

  test('conversations.info says whether the bot is in, and hides a private channel that it is not in', async () => {
    expect(await call(slack, 'conversations.info', { channel: 'C2' })).toMatchObject({
      channel: { is_member: false },
    })
    expect(await call(slack, 'conversations.info', { channel: 'C6' })).toMatchObject({
      channel: { is_ext_shared: true },
    })
    expect(await call(slack, 'conversations.info', { channel: 'C3' })).toMatchObject({
      error: 'channel_not_found',
    })
  })
})

describe('a file', () => {
  const start = (length: number) => call(slack, 'files.getUploadURLExternal', { filename: 'log.txt', length })

  test('is asked for, sent and shown in a thread', async () => {
    const ts = await posted(slack)
    const { upload_url, file_id } = await start(5)
    expect((await fetch(String(upload_url), { method: 'POST', body: 'hello' })).status).toBe(200)
    const args = { files: [{ id: file_id, title: 'log' }], channel_id: 'C1', thread_ts: ts }
    expect(await call(slack, 'files.completeUploadExternal', args)).toMatchObject({
      ok: true,
      files: [{ id: file_id }],
    })
    expect(slack.thread('C1', ts)).toMatchObject([{ files: [file_id] }])
    expect(slack.workspace.files.get(String(file_id))?.bytes?.toString()).toBe('hello')
    expect(await call(slack, 'files.completeUploadExternal', args)).toMatchObject({ error: 'file_not_found' })
  })

  test('is refused without its bytes, with other bytes than announced, and where the bot is not', async () => {
    expect(await start(0)).toMatchObject({ error: 'invalid_arguments' })
    const { upload_url, file_id } = await start(5)
    const args = { files: [{ id: file_id }], channel_id: 'C2' }
    expect(await call(slack, 'files.completeUploadExternal', args)).toMatchObject({ error: 'file_not_found' })
    expect((await fetch(String(upload_url), { method: 'POST', body: 'hello!' })).status).toBe(400)
    expect((await fetch(String(upload_url), { method: 'POST', body: 'hello' })).status).toBe(200)
    expect(await call(slack, 'files.completeUploadExternal', args)).toMatchObject({ error: 'not_in_channel' })
  })
})

describe('orders of misfortune', () => {
  test('429 comes with Retry-After, as often as ordered, for one method only', async () => {
    slack.faults.rateLimit('chat.postMessage', { retryAfterSeconds: 7, times: 2 })
    for (const _ of [1, 2]) {
      const response = await post(slack, 'chat.postMessage', { channel: 'C1', text: 'a' })
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
    }
    expect(await call(slack, 'auth.test')).toMatchObject({ ok: true })
    expect(await call(slack, 'chat.postMessage', { channel: 'C1', text: 'a' })).toMatchObject({ ok: true })
    expect(slack.messages('C1')).toHaveLength(1)
  })

  test('a server error does nothing else', async () => {
    slack.faults.serverError('chat.postMessage', { status: 500 })
    expect((await post(slack, 'chat.postMessage', { channel: 'C1', text: 'a' })).status).toBe(500)
    expect(slack.messages('C1')).toEqual([])
  })

  test('an answer is lost after the work is done', async () => {
    slack.faults.loseAnswer('chat.postMessage')
    await expect(post(slack, 'chat.postMessage', { channel: 'C1', text: 'a' })).rejects.toThrow(
      'fetch failed',
    )
    expect(slack.messages('C1')).toHaveLength(1)
    expect(slack.calls).toMatchObject([{ method: 'chat.postMessage', status: 0, answer: { ok: true } }])
  })

  test('a held call is not done until it is released', async () => {
    const release = slack.faults.hold('chat.postMessage')
    const answer = call(slack, 'chat.postMessage', { channel: 'C1', text: 'a' })
    await call(slack, 'auth.test')
    expect(slack.messages('C1')).toEqual([])
    release()
    expect(await answer).toMatchObject({ ok: true })
  })

  test.each<[string, () => void, string, object]>([
    [
      'edit_window_closed',
      () => slack.faults.editWindowClosed(),
      'chat.update',
      { channel: 'C1', text: 'a' },
    ],
    [
      'plan_upgrade_required',
      () => slack.faults.planUpgradeRequired(),
      'usergroups.users.list',
      { usergroup: 'S1' },
    ],
    ['internal_error', () => slack.faults.usersInfoFails(), 'users.info', { user: 'U1' }],
  ])('%s is answered once', async (error, order, method, args) => {
    const ts = await posted(slack)
    order()
    expect(await call(slack, method, { ts, ...args })).toMatchObject({ ok: false, error })
    expect(await call(slack, method, { ts, ...args })).toMatchObject({ ok: true })
  })

  test('nobody gets a socket until Slack is healed', async () => {
    slack.faults.connectionsOpenDown()
    expect((await post(slack, 'apps.connections.open', {}, tokens.app)).status).toBe(503)
    expect((await post(slack, 'apps.connections.open', {}, tokens.app)).status).toBe(503)
    slack.faults.heal('apps.connections.open')
    expect(await call(slack, 'apps.connections.open', {}, tokens.app)).toMatchObject({ ok: true })
  })
})

describe('rate limits', () => {
  test('let through what Slack lets through in a minute, per method, and posts per channel', async () => {
    let nowMs = Date.UTC(2026, 0, 1)
    const limited = await openSlack({ now: () => nowMs, rateLimits: { 'chat.postMessage': 2 } })
    const say = (channel: string) => post(limited, 'chat.postMessage', { channel, text: 'a' })
    await say('C1')
    nowMs += 20_000
    await say('C1')
    const third = await say('C1')
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '40'])
    expect((await say('C6')).status).toBe(200)
    nowMs += 40_000
    expect((await say('C1')).status).toBe(200)
    expect(limited.messages('C1')).toHaveLength(3)
    await limited.close()
  })
})

describe('waiting', () => {
  test('ends with the change that is waited for', async () => {
    const found = slack.waitFor(({ messages }) => messages('C1').find(({ text }) => text === 'done'))
    await posted(slack, { text: 'begun' })
    const ts = await posted(slack, { text: 'done', blocks: [approveButton] })
    expect((await found).ts).toBe(ts)
  })

  test('gives up with a sentence that says what for', async () => {
    await expect(slack.waitFor(() => false, 20, 'A green light')).rejects.toThrow(
      'A green light did not come about in Slack within 20 ms.',
    )
  })
})

test('the server listens on 127.0.0.1 and on no other address of this machine', async () => {
  const { hostname, port, pathname } = new URL(slack.apiUrl)
  expect([hostname, pathname]).toEqual(['127.0.0.1', '/api/'])
  await expect(fetch(`http://127.0.0.2:${port}/api/auth.test`, { method: 'POST' })).rejects.toThrow(
    'fetch failed',
  )
})
