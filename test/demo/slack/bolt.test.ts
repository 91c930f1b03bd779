import { App, LogLevel, SocketModeReceiver } from '@slack/bolt'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LocalSlack } from '../../../demo/slack/local-slack.ts'
import { approveButton, openSlack, tokens } from './open-slack.ts'

// The one test with a client that we did not write: it shows that the contract is the one that Bolt speaks.

const logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}

let slack: LocalSlack
let receiver: SocketModeReceiver | undefined
beforeEach(async () => {
  slack = await openSlack()
})
afterEach(async () => {
  await receiver?.client.disconnect()
  await slack.close()
})

async function startBot(): Promise<App> {
  const clientOptions = { slackApiUrl: slack.apiUrl }
  receiver = new SocketModeReceiver({
    appToken: tokens.app,
    logger,
    installerOptions: {
      clientOptions: { ...clientOptions, retryConfig: { forever: true, factor: 1.3, maxTimeout: 30_000 } },
    },
  })
  const app = new App({
    token: tokens.bot,
    receiver,
    deferInitialization: true,
    logger,
    clientOptions: { ...clientOptions, retryConfig: { retries: 2, minTimeout: 10 } },
  })
  app.command('/deploy', async ({ ack, command, client, respond }) => {
    await ack('queued')
    const { ts } = await client.chat.postMessage({
      channel: command.channel_id,
      text: `deploying ${command.text}`,
      blocks: [approveButton],
    })
    if (ts === undefined) throw new Error('chat.postMessage answered without a ts')
    await client.chat.update({ channel: command.channel_id, ts, text: 'done', blocks: [approveButton] })
    await client.chat.postMessage({
      channel: command.channel_id,
      thread_ts: ts,
      reply_broadcast: true,
      text: 'proved',
    })
    await client.filesUploadV2({
      channel_id: command.channel_id,
      thread_ts: ts,
      filename: 'log.txt',
      content: 'a log',
    })
    await respond({ text: 'see above' })
  })
  app.action('approve', async ({ ack, action, body, client }) => {
    await ack()
    const value = action.type === 'button' ? action.value : ''
    await client.chat.postEphemeral({ channel: 'C1', user: body.user.id, text: `approved ${value}` })
  })
  await app.init()
  await app.start()
  return app
}

test('Bolt connects, acks a command, posts, updates, uploads and answers', async () => {
  await startBot()
  const outcome = await slack.command({ user: 'U1', channel: 'C1', text: 'app' })
  expect(outcome).toMatchObject({ status: 'acked', userSaw: 'queued' })
  await slack.waitFor(({ ephemerals }) => ephemerals('U1').some(({ text }) => text === 'see above'))
  const [message] = slack.messages('C1')
  expect(message).toMatchObject({ text: 'done', edited: false, history: [{ text: 'deploying app' }] })
  expect(slack.thread('C1', message?.ts ?? '')).toMatchObject([
    { text: 'proved', broadcast: true },
    { via: 'files', broadcast: false },
  ])
  expect(slack.calls.map(({ method, token }) => `${method} (${token})`)).toEqual([
    'auth.test (bot)',
    'apps.connections.open (app)',
    'chat.postMessage (bot)',
    'chat.update (bot)',
    'chat.postMessage (bot)',
    'files.getUploadURLExternal (bot)',
    'files.completeUploadExternal (bot)',
  ])
  expect(slack.complaints).toEqual([])
})

test('Bolt gets a click on the button of a posted message', async () => {
  const app = await startBot()
  const { ts } = await app.client.chat.postMessage({
    channel: 'C1',
    text: 'Approve?',
    blocks: [approveButton],
  })
  expect(
    await slack.click({ user: 'U2', message: { channel: 'C1', ts: ts ?? '' }, actionId: 'approve' }),
  ).toMatchObject({
    status: 'acked',
  })
  await slack.waitFor(({ ephemerals }) => ephemerals('U2').some(({ text }) => text === 'approved d1'))
})

test('Bolt reads error names and details, and posts twice when an answer is lost', async () => {
  const app = await startBot()
  await expect(app.client.chat.postMessage({ channel: 'C2', text: 'a' })).rejects.toMatchObject({
    data: { error: 'not_in_channel' },
  })
  const blocks = [{ type: 'section', text: { type: 'mrkdwn' as const, text: '' } }]
  await expect(app.client.chat.postMessage({ channel: 'C1', text: 'a', blocks })).rejects.toMatchObject({
    data: {
      error: 'invalid_blocks',
      response_metadata: {
        messages: ['[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
      },
    },
  })
  slack.faults.loseAnswer('chat.postMessage')
  await app.client.chat.postMessage({ channel: 'C1', text: 'twice' })
  expect(slack.messages('C1').map(({ text }) => text)).toEqual(['twice', 'twice'])
})

test('Bolt comes back after a disconnect', async () => {
  await startBot()
  slack.faults.disconnect('refresh_requested')
  await slack.waitFor(({ openConnections }) => openConnections === 0)
  await slack.waitFor(({ openConnections }) => openConnections === 1, 10_000, "Bolt's new socket")
  expect(await slack.command({ user: 'U1', channel: 'C1', text: 'app' })).toMatchObject({ status: 'acked' })
  await slack.waitFor(({ ephemerals }) => ephemerals('U1').some(({ text }) => text === 'see above'))
})
