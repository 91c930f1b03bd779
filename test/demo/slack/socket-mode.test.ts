import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { LocalSlack } from '../../../demo/slack/local-slack.ts'
import { call, connected, openSlack, Socket, socketUrl } from './open-slack.ts'

let slack: LocalSlack
beforeEach(async () => {
  slack = await openSlack()
})
afterEach(() => slack.close())

const deploy = { user: 'U1', channel: 'C1', text: 'app main' }

describe('a socket', () => {
  test('is greeted first, and told how many there are', async () => {
    const first = new Socket(await socketUrl(slack))
    expect(await first.take('hello')).toMatchObject({ num_connections: 1, connection_info: { app_id: 'A1' } })
    const second = new Socket(await socketUrl(slack))
    expect(await second.take('hello')).toMatchObject({ num_connections: 2 })
  })

  test.each<[string, (url: string) => string]>([
    ['a ticket that was used', url => url],
    ['a ticket that was never given', url => url.replace(/ticket=[^&]+/, 'ticket=made-up')],
    ['no ticket', url => url.replace(/\?.*/, '')],
    ['a ticket at another door', url => url.replace('/link/', '/other/')],
  ])('does not open with %s', async (title, changed) => {
    const url = await socketUrl(slack)
    if (title.includes('used')) await new Socket(url).take('hello')
    const [error] = await once(new WebSocket(changed(url)), 'error')
    expect(String(error)).toContain('403')
  })

  test('is sent away if ten are open', async () => {
    for (let count = 0; count < 10; count += 1) await connected(slack)
    const eleventh = new Socket(await socketUrl(slack))
    expect(await eleventh.take('disconnect')).toMatchObject({ reason: 'too_many_websockets' })
    await once(eleventh.ws, 'close')
    expect(eleventh.frames).toEqual([])
    expect(slack.openConnections).toBe(10)
  })

  test('is closed with a handshake when the app closes it', async () => {
    const socket = await connected(slack)
    expect(await socket.close()).toBe(1000)
    await slack.waitFor(({ openConnections }) => openConnections === 0)
  })

  test('answers pings', async () => {
    const socket = await connected(slack)
    const pong = once(socket.ws, 'pong')
    socket.ws.ping('are you there')
    expect(String((await pong)[0])).toBe('are you there')
  })
})

describe('a command', () => {
  test('arrives at one socket, in full, and is over when it is acked', async () => {
    const sockets = [await connected(slack), await connected(slack), await connected(slack)]
    const outcome = slack.command(deploy)
    const frame = await Promise.race(sockets.map(socket => socket.take('slash_commands')))
    expect(frame).toMatchObject({
      accepts_response_payload: true,
      payload: {
        team_id: 'T1',
        team_domain: 'acme',
        channel_id: 'C1',
        channel_name: 'deploys',
        user_id: 'U1',
        user_name: 'alice',
        command: '/deploy',
        text: 'app main',
        api_app_id: 'A1',
        is_enterprise_install: 'false',
      },
    })
    sockets[0]?.ack(frame.envelope_id)
    expect(await outcome).toMatchObject({
      status: 'acked',
      timedOut: false,
      ackPayload: {},
      userSaw: undefined,
    })
    expect(slack.envelopes).toMatchObject([{ sentTo: [expect.any(Number)] }])
    expect(sockets.flatMap(socket => socket.frames)).toEqual([])
  })

  test('may be acked on another socket than the one that it came by', async () => {
    const [one, other] = [await connected(slack), await connected(slack)]
    const outcome = slack.command(deploy)
    const { envelope_id } = await one.take('slash_commands')
    one.ws.terminate()
    other.ack(envelope_id)
    expect(await outcome).toMatchObject({ status: 'acked' })
  })

  test('shows what came with the ack to the asker alone, or to the channel if it says so', async () => {
    const socket = await connected(slack)
    const ask = async (payload: object) => {
      const outcome = slack.command(deploy)
      socket.ack((await socket.take('slash_commands')).envelope_id, payload)
      return outcome
    }
    expect(await ask({ text: 'queued' })).toMatchObject({ userSaw: 'queued' })
    expect(slack.ephemerals('U1')).toMatchObject([{ text: 'queued', via: 'ack' }])
    await ask({ text: 'for all', response_type: 'in_channel' })
    expect(slack.messages('C1')).toMatchObject([{ text: 'for all', via: 'ack' }])
    expect(await ask({ blocks: [{ type: 'x' }] })).toMatchObject({ userSaw: 'invalid_blocks' })
  })

  test('fails for the user when no socket is open', async () => {
    expect(await slack.command(deploy)).toMatchObject({ status: 'no connection', userSaw: 'dispatch_failed' })
    expect(slack.ephemerals('U1')).toMatchObject([
      { text: '/deploy failed with the error "dispatch_failed"', via: 'slack' },
    ])
  })

  test('times out after three seconds without an ack; an ack that comes later changes nothing', async () => {
    const socket = await connected(slack)
    const begun = performance.now()
    const outcome = await slack.command(deploy)
    expect(performance.now() - begun).toBeGreaterThan(2900)
    expect(outcome).toMatchObject({ status: 'timed out', timedOut: true, userSaw: 'operation_timeout' })
    socket.ack((await socket.take('slash_commands')).envelope_id, { text: 'late' })
    await socket.close()
    expect(slack.ephemerals('U1').map(({ via }) => via)).toEqual(['slack'])
    expect(slack.envelopes).toMatchObject([{ ack: { status: 'timed out' } }])
  })

  test.each([
    ['of nobody in the workspace', { user: 'U9' }, 'U9 is nobody in this workspace'],
    ['in no channel', { channel: 'C9' }, 'no channel C9'],
    ['of somebody who is not in the channel', { user: 'U2', channel: 'C5' }, 'bob is not in small'],
    ['in an archived channel', { channel: 'C4' }, 'old is archived'],
    ['of a stranger in a channel that is not shared', { user: 'U4' }, 'not shared with other teams'],
  ])('%s is not even sent', async (_, change, sentence) => {
    const socket = await connected(slack)
    await expect(slack.command({ ...deploy, ...change })).rejects.toThrow(sentence)
    await socket.close()
    expect(socket.frames).toEqual([])
  })

  test('of a stranger in a shared channel carries the other team', async () => {
    const socket = await connected(slack)
    const outcome = slack.command({ ...deploy, user: 'U4', channel: 'C6' })
    const frame = await socket.take('slash_commands')
    expect(frame['payload']).toMatchObject({ user_id: 'U4', team_id: 'T2' })
    socket.ack(frame.envelope_id)
    await outcome
  })

  test('opens one view within three seconds', async () => {
    const view = { type: 'modal', title: { type: 'plain_text', text: 'Deploy' }, blocks: [] }
    const socket = await connected(slack)
    const outcome = slack.command(deploy)
    socket.ack((await socket.take('slash_commands')).envelope_id)
    const { triggerId: trigger_id } = await outcome
    expect(await call(slack, 'views.open', { trigger_id: 'made-up', view })).toMatchObject({
      error: 'invalid_trigger_id',
    })
    expect(await call(slack, 'views.open', { trigger_id, view: {} })).toMatchObject({
      error: 'invalid_arguments',
    })
    expect(await call(slack, 'views.open', { trigger_id, view })).toMatchObject({ ok: true })
    expect(await call(slack, 'views.open', { trigger_id, view })).toMatchObject({
      error: 'exchanged_trigger_id',
    })
  })
})

describe('what breaks the protocol', () => {
  test('is written down', async () => {
    const socket = await connected(slack)
    socket.ws.send('not json')
    socket.ack('made-up')
    await socket.close()
    expect(slack.complaints).toEqual([
      'The app sent a frame that is no ack: not json',
      'The app acked made-up, which was never sent.',
    ])
  })
})

describe('orders of misfortune', () => {
  test('the next envelope comes twice, and only that one', async () => {
    const socket = await connected(slack)
    slack.faults.duplicateNextEnvelope()
    const first = slack.command(deploy)
    const [frame, copy] = [await socket.take('slash_commands'), await socket.take('slash_commands')]
    expect(copy).toEqual(frame)
    socket.ack(frame.envelope_id)
    socket.ack(copy.envelope_id)
    await first
    const second = slack.command(deploy)
    socket.ack((await socket.take('slash_commands')).envelope_id)
    await second
    expect(slack.envelopes.map(({ sentTo }) => sentTo)).toEqual([[1, 1], [1]])
    expect([socket.frames, slack.complaints]).toEqual([[], []])
  })

  test.each(['refresh_requested', 'link_disabled', 'too_many_websockets'] as const)(
    'disconnect with %s: the socket gets nothing more and closes in order',
    async reason => {
      const socket = await connected(slack)
      const closed = once(socket.ws, 'close')
      slack.faults.disconnect(reason)
      expect(await slack.command(deploy)).toMatchObject({ userSaw: 'dispatch_failed' })
      expect(await socket.take('disconnect')).toMatchObject({ reason, debug_info: { host: 'applink-1' } })
      expect((await closed)[0]).toBe(1000)
      expect(socket.frames).toEqual([])
    },
  )

  test('disconnect with a warning leaves the socket open for now', async () => {
    const socket = await connected(slack)
    slack.faults.disconnect('warning')
    expect(await socket.take('disconnect')).toMatchObject({ reason: 'warning' })
    const outcome = slack.command(deploy)
    socket.ack((await socket.take('slash_commands')).envelope_id)
    expect(await outcome).toMatchObject({ status: 'acked' })
  })

  test('one of two sockets may be told to leave: the other gets what comes next', async () => {
    const [first, second] = [await connected(slack), await connected(slack)]
    slack.faults.disconnect('refresh_requested', 1)
    await once(first.ws, 'close')
    const outcome = slack.command(deploy)
    second.ack((await second.take('slash_commands')).envelope_id)
    expect(await outcome).toMatchObject({ status: 'acked' })
  })

  test('a TCP drop comes without a close frame', async () => {
    const socket = await connected(slack)
    const closed = once(socket.ws, 'close')
    slack.faults.dropConnections()
    expect((await closed)[0]).toBe(1006)
    await slack.waitFor(({ openConnections }) => openConnections === 0)
  })

  test('an outage cuts it, and refuses HTTP and WebSockets until it ends', async () => {
    const socket = await connected(slack)
    const url = await socketUrl(slack)
    const closed = once(socket.ws, 'close')
    const outage = slack.faults.outage()
    expect((await closed)[0]).toBe(1006)
    await expect(call(slack, 'auth.test')).rejects.toThrow()
    const [error] = await once(new WebSocket(url), 'error')
    expect(String(error)).toContain('ECONNRESET')
    expect(outage.refused()).toBe(2)
    outage.end()
    expect(await call(slack, 'auth.test')).toMatchObject({ ok: true })
    await connected(slack)
  })
})
