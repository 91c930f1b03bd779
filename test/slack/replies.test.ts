import { describe, expect, it, onTestFinished } from 'vitest'
import type { LocalSlackOptions } from '../../demo/slack/local-slack.ts'
import { startLocalSlack } from '../../demo/slack/server.ts'
import type { Command } from '../../src/command.ts'
import { startSlack } from '../../src/slack/app.ts'
import { slackReplies } from '../../src/slack/replies.ts'
import { aDeployment } from '../sentences/deployments.ts'
import { quiet, settingsFor, team } from './telling-world.ts'

/** A command as it really came, response_url and all. */
async function aCommand(channel = 'C01GEN', options: Partial<LocalSlackOptions> = {}) {
  let now = Date.now()
  const clock = { now: () => now, monotonic: () => now }
  const slack = await startLocalSlack({ ...team, now: clock.now, ...options })
  const commands: Command[] = []
  const settings = settingsFor(slack.apiUrl)
  const onCommand = { accept: async () => true, act: (command: Command) => void commands.push(command) }
  const app = await startSlack({ slack: settings, onCommand, clock, log: quiet })
  onTestFinished(async () => {
    await app.close()
    await slack.close()
  })
  await slack.command({ user: 'U01ALICE', channel, text: 'help' })
  const [command] = commands
  if (!command) throw new Error('The command did not arrive.')
  const replies = slackReplies({ slack: settings, clock, log: quiet })
  const passes = (ms: number): void => {
    now += ms
  }
  return { slack, command, replies, passes }
}

describe('an answer', () => {
  it('is read by its asker alone, where the command was typed', async () => {
    const { slack, command, replies } = await aCommand()
    expect(await replies.answer(command, 'There is no service `<!channel>`. Ask U02BOB.')).toBe(true)
    expect(slack.ephemerals('U01ALICE')).toEqual([
      expect.objectContaining({
        via: 'response_url',
        channel: 'C01GEN',
        text: 'There is no service `&lt;!channel&gt;`. Ask <@U02BOB>.',
      }),
    ])
    expect(slack.messages('C01GEN')).toEqual([])
  })

  it('goes another way when the response_url is used up', async () => {
    const { slack, command, replies } = await aCommand()
    for (let count = 0; count < 6; count += 1)
      expect(await replies.answer(command, `answer ${count}`)).toBe(true)
    expect(slack.ephemerals('U01ALICE').map(shown => shown.via)).toEqual([
      ...Array.from({ length: 5 }, () => 'response_url'),
      'chat.postEphemeral',
    ])
  })

  it('does not try a response_url that is too old', async () => {
    const { slack, command, replies, passes } = await aCommand()
    passes(30 * 60_000)
    expect(await replies.answer(command, 'late')).toBe(true)
    expect(slack.ephemerals('U01ALICE').map(shown => shown.via)).toEqual(['chat.postEphemeral'])
  })

  it('is delivered in a channel that the bot is not in', async () => {
    const { slack, command, replies } = await aCommand('C03OUT')
    expect(await replies.answer(command, 'an answer')).toBe(true)
    expect(slack.ephemerals('U01ALICE').length).toBe(1)
  })

  it('that cannot be delivered is no fault', async () => {
    const { command, replies, passes, slack } = await aCommand('C03OUT')
    passes(30 * 60_000)
    expect(await replies.answer(command, 'late')).toBe(false)
    expect(slack.calls.map(call => call.method).slice(-2)).toEqual(['chat.postEphemeral', 'chat.postMessage'])
  })
})

describe('the link to the message', () => {
  it('is given to who asked elsewhere', async () => {
    const { slack, command, replies } = await aCommand()
    const ts = slack.say('U02BOB', 'C02CREATOR', 'hello')
    expect(await replies.link(command, aDeployment(), { channel: 'C02CREATOR', ts })).toBe(true)
    expect(slack.ephemerals('U01ALICE').at(-1)?.text).toBe(
      `The deployment of creator is told in <#C02CREATOR>: <https://team.slack.com/archives/C02CREATOR/p${ts.replace('.', '')}|open its message>.`,
    )
  })

  it('names the channel when Slack gives no link', async () => {
    const { slack, command, replies } = await aCommand()
    expect(await replies.link(command, aDeployment(), { channel: 'C02CREATOR', ts: '1.000001' })).toBe(true)
    expect(slack.ephemerals('U01ALICE').at(-1)?.text).toBe(
      'The deployment of creator is told in <#C02CREATOR>.',
    )
  })

  it('is not needed where the message stands', async () => {
    const { slack, command, replies } = await aCommand()
    await replies.link(command, aDeployment(), { channel: 'C01GEN', ts: '1.000001' })
    expect(slack.ephemerals('U01ALICE')).toEqual([])
  })
})
