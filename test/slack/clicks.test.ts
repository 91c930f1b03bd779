import { describe, expect, it, onTestFinished } from 'vitest'
import { startLocalSlack } from '../../demo/slack/server.ts'
import type { Command } from '../../src/command.ts'
import { type Hearing, startSlack } from '../../src/slack/app.ts'
import { slackReplies } from '../../src/slack/replies.ts'
import { quiet, settingsFor, team } from './telling-world.ts'

const clock = { now: () => Date.now(), monotonic: () => performance.now() }
const BUTTON = { type: 'button', text: { type: 'plain_text', text: 'Approve' }, value: 'd7' }

/** A message with two buttons of which one is not ours, and what the bot hears of presses. */
async function shown(onCommand: Partial<Hearing> = {}) {
  const slack = await startLocalSlack(team)
  const heard: Command[] = []
  const known = new Set<string>()
  const hearing: Hearing = {
    async accept({ trigger }) {
      const isNew = !known.has(trigger)
      known.add(trigger)
      return isNew
    },
    act: command => void heard.push(command),
    ...onCommand,
  }
  const settings = settingsFor(slack.apiUrl)
  const app = await startSlack({ slack: settings, onCommand: hearing, clock, log: quiet })
  onTestFinished(async () => {
    await app.close()
    await slack.close()
  })
  const elements = ['approve', 'somebody_elses'].map(id => ({ ...BUTTON, action_id: id }))
  const { ts } = await posted(slack.apiUrl, [{ type: 'actions', elements }])
  const message = { channel: 'C01GEN', ts }
  const press = (user = 'U02BOB', actionId = 'approve') => slack.click({ user, message, actionId })
  const replies = slackReplies({ slack: settings, clock, log: quiet })
  return { slack, heard, message, press, replies }
}

async function posted(apiUrl: string, blocks: unknown): Promise<{ readonly ts: string }> {
  const { botToken } = settingsFor(apiUrl)
  const answer = await fetch(`${apiUrl}chat.postMessage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${botToken.reveal()}` },
    body: JSON.stringify({ channel: 'C01GEN', text: 'creator', blocks }),
  })
  return JSON.parse(await answer.text())
}

describe('a press of one of our buttons', () => {
  it('is recorded, acknowledged without a word, and acted upon: whose, which, and the id it carries', async () => {
    const { slack, heard, message, press } = await shown()
    const outcome = await press()
    expect(outcome).toMatchObject({ status: 'acked', ackPayload: {} })
    expect(heard).toEqual([
      {
        trigger: expect.stringMatching(new RegExp(`^C01GEN:${message.ts}:\\d+\\.\\d+:U02BOB$`)),
        actor: 'U02BOB',
        text: '',
        click: { action: 'approve', deployment: 'd7' },
        channel: 'C01GEN',
        responseUrl: outcome.responseUrl,
        receivedAt: expect.any(Number),
      },
    ])
    expect(slack.complaints).toEqual([])
  })

  it('that Slack delivers three times is acted upon once', async () => {
    const { slack, heard, press } = await shown()
    slack.faults.duplicateNextEnvelope(3)
    await press()
    expect(heard).toHaveLength(1)
  })

  it('is another one for another person, and for the same person a second time', async () => {
    const { heard, press } = await shown()
    for (const user of ['U02BOB', 'U01ALICE', 'U02BOB']) await press(user)
    expect(new Set(heard.map(({ trigger }) => trigger)).size).toBe(3)
  })

  it('that cannot be recorded is acknowledged and not acted upon, and the person reads why', async () => {
    const { slack, heard, press, message } = await shown({
      accept: () => Promise.reject(new Error('database or disk is full')),
    })
    expect((await press()).status).toBe('acked')
    const [told] = await slack.waitFor(
      () => slack.ephemerals('U02BOB').length > 0 && slack.ephemerals('U02BOB'),
    )
    expect(told?.text).toMatch(/not accepted, and nothing was started: database or disk is full/)
    expect(heard).toEqual([])
    expect(slack.messages('C01GEN').find(({ ts }) => ts === message.ts)?.text).toBe('creator')
  })

  it('is answered to the person alone, and the message with the button stays as it is', async () => {
    const { slack, heard, press, message, replies } = await shown()
    await press()
    for (const command of heard) await replies.answer(command, 'You may not do this.')
    expect(slack.ephemerals('U02BOB').map(({ text }) => text)).toEqual(['You may not do this.'])
    const [parent, ...others] = slack.messages('C01GEN')
    expect([parent?.ts, parent?.text, others]).toEqual([message.ts, 'creator', []])
  })

  it('of another app’s making is none', async () => {
    const { heard, press } = await shown()
    await press('U02BOB', 'somebody_elses')
    expect(heard).toEqual([])
  })
})
