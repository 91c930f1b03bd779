import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plainContent } from '../../../demo/slack/content.ts'
import type { LocalSlack } from '../../../demo/slack/local-slack.ts'
import { startLocalSlack } from '../../../demo/slack/server.ts'
import { CHANNELS, ROLES, USERS } from '../../../demo/tour/cast.ts'
import { plainText } from '../../../demo/tour/plain.ts'
import { playTour } from '../../../demo/tour/play.ts'
import { TOUR } from '../../../demo/tour/steps.ts'
import type { TourStep } from '../../../demo/tour/tour.ts'

let slack: LocalSlack
let printed: string[]

beforeEach(async () => {
  printed = []
  const team = { id: 'T1', name: 'Test' }
  slack = await startLocalSlack({
    team,
    users: USERS,
    channels: CHANNELS,
    tokens: { bot: 'xoxb-1', app: 'xapp-1' },
  })
})
afterEach(() => slack.close())

const step: TourStep = {
  title: 'Deploy',
  text: 'It is deployed.',
  as: 'developer',
  channel: 'deploys',
  types: '/deploy lander',
  expects: 'failed with the error "dispatch_failed"',
}

describe('the tour in the terminal', () => {
  it('prints what is typed and what everybody reads, and ends when each step came to what it expects', async () => {
    await playTour(slack, [step], line => printed.push(line))
    expect(printed.join('\n')).toMatch(
      /1\/1 Deploy[\s\S]*dana: \/deploy lander\nprivate │ \/deploy failed with/,
    )
  })

  it('fails where a step presses a button that is not there', async () => {
    const { types, ...others } = step
    const presses = { action: 'approve' }
    const playing = playTour(slack, [{ ...others, presses }], line => printed.push(line))
    await expect(playing).rejects.toThrow('No message has a button approve.')
  })

  it.each<[string, object]>([
    ['asks nothing', {}],
    ['asks first', { confirm: { title: { type: 'plain_text', text: 'Sure?' } } }],
  ])('presses a button that %s, the newest that the person sees', async (_, own) => {
    const whisper = (user: string, ts: string, value: string) => {
      const blocks = [{ type: 'actions', elements: [{ type: 'button', action_id: 'full', value, ...own }] }]
      const place = { channel: 'C01DEPLOYS', thread_ts: undefined, via: 'response_url' } as const
      slack.workspace.whisper({ ...place, ...plainContent('Say which.'), user, ts, blocks })
    }
    whisper('U01DANA', '1.000001', 'older')
    whisper('U01DANA', '2.000002', 'newer')
    whisper('U02ARI', '3.000003', 'of somebody else')
    const { types: _types, ...others } = step
    const press = { ...others, presses: { action: 'full' }, expects: 'it came' }
    const playing = playTour(slack, [press], line => printed.push(line))
    await slack.waitFor(({ envelopes }) => envelopes.length > 0)
    slack.say('U01DANA', 'C01DEPLOYS', 'it came')
    await playing
    expect(slack.envelopes).toMatchObject([
      { payload: { user: { id: 'U01DANA' }, actions: [{ action_id: 'full', value: 'newer' }] } },
    ])
  })

  it('has people, a channel and either words or a button for each step', () => {
    const channels = CHANNELS.map(({ name }) => name)
    for (const each of TOUR) {
      expect(USERS.map(({ id }) => id)).toContain(ROLES[each.as])
      expect(channels).toContain(each.channel)
      expect([each.types, each.presses].filter(Boolean)).toHaveLength(1)
    }
  })

  it.each([
    ['by <@U01DANA> in <#C01DEPLOYS>', 'by @dana in #deploys'],
    ['see <https://example.com/x|the diff>, at <!date^1^{date}|noon>', 'see the diff, at noon'],
    ['a &lt;b&gt; &amp; c', 'a <b> & c'],
  ])('shows %s as %s', (text, shown) => {
    expect(plainText(text, slack)).toBe(shown)
  })
})
