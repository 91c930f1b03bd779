import { describe, expect, it, onTestFinished } from 'vitest'
import type { LocalSlackOptions } from '../../demo/slack/local-slack.ts'
import { startLocalSlack } from '../../demo/slack/server.ts'
import { slackPeople, standingFrom } from '../../src/slack/people.ts'
import { quiet, settingsFor, team } from './telling-world.ts'

async function asked(options: Partial<LocalSlackOptions> = {}) {
  const slack = await startLocalSlack({
    ...team,
    groups: [{ id: 'S0BACKEND', handle: 'backend', users: ['U01ALICE'] }],
    ...options,
  })
  onTestFinished(() => slack.close())
  let now = 0
  const clock = { now: () => now, monotonic: () => now }
  const people = slackPeople({ slack: settingsFor(slack.apiUrl), clock, log: quiet })
  const count = (method: string) => slack.calls.filter(call => call.method === method).length
  const passes = (ms: number): void => {
    now += ms
  }
  return { slack, people, count, passes }
}

describe('who somebody is', () => {
  it.each([
    [{}, 'member'],
    [{ is_restricted: true }, 'guest'],
    [{ is_ultra_restricted: true }, 'guest'],
    [{ is_stranger: true }, 'stranger'],
    [{ team_id: 'T2' }, 'stranger'],
    [{ is_bot: true }, 'bot'],
    [{ deleted: true }, 'deactivated'],
    [{ deleted: true, is_restricted: true }, 'deactivated'],
  ] as const)('with %j in users.info: %s', async (flags, standing) => {
    const { people } = await asked({ users: [{ id: 'U01ALICE', name: 'alice', ...flags }] })
    expect(await people.standingOf('U01ALICE')).toBe(standing)
  })

  it('of another workspace of our organisation is a member when that person is in ours, too', () => {
    const teams = { enterprise_user: { teams: ['T1', 'T2'] } }
    expect(standingFrom({ team_id: 'T2', ...teams }, 'T1')).toBe('member')
    expect(standingFrom({ team_id: 'T2', ...teams }, 'T3')).toBe('stranger')
  })

  it('is asked once a minute', async () => {
    const { people, count, passes, slack } = await asked()
    await Promise.all([people.standingOf('U01ALICE'), people.standingOf('U01ALICE')])
    passes(59_999)
    await people.standingOf('U01ALICE')
    expect(count('users.info')).toBe(1)
    slack.setUser({ id: 'U01ALICE', name: 'alice', deleted: true })
    passes(1)
    expect(await people.standingOf('U01ALICE')).toBe('deactivated')
  })

  it('is asked once more after a short pause that Slack asks for', async () => {
    const { people, count, slack } = await asked()
    slack.faults.rateLimit('users.info', { retryAfterSeconds: 1 })
    expect(await people.standingOf('U01ALICE')).toBe('member')
    expect(count('users.info')).toBe(2)
  })

  it('is not known when Slack cannot say, and asked anew the next time', async () => {
    const { people, slack } = await asked()
    slack.faults.usersInfoFails()
    expect(await people.standingOf('U01ALICE')).toEqual({ unknown: 'Slack says internal_error' })
    expect(await people.standingOf('U01ALICE')).toBe('member')
    slack.faults.rateLimit('users.info', { retryAfterSeconds: 30 })
    expect(await people.standingOf('U02BOB')).toEqual({ unknown: 'Slack asks to wait 30 s' })
    expect(await people.standingOf('U0NOBODY')).toEqual({ unknown: 'Slack says user_not_found' })
  })

  it('is not known when the own workspace is not', async () => {
    const { people, slack } = await asked()
    slack.faults.serverError('auth.test')
    expect(await people.standingOf('U01ALICE')).toEqual({ unknown: 'Slack answers HTTP 503' })
  })
})

describe('who is in a group', () => {
  it('is asked once a minute', async () => {
    const { people, count, passes, slack } = await asked()
    expect(await people.membersOf('S0BACKEND')).toEqual(new Set(['U01ALICE']))
    slack.setGroup({ id: 'S0BACKEND', handle: 'backend', users: [] })
    expect(await people.membersOf('S0BACKEND')).toEqual(new Set(['U01ALICE']))
    expect(count('usergroups.users.list')).toBe(1)
    passes(60_000)
    expect(await people.membersOf('S0BACKEND')).toEqual(new Set())
  })

  it('is nobody as long as that cannot be asked, with the reason', async () => {
    const { people, slack } = await asked()
    slack.faults.planUpgradeRequired()
    expect(await people.membersOf('S0BACKEND')).toEqual({
      unknown: expect.stringContaining('paid plans only'),
    })
    expect(await people.membersOf('S0GONE')).toEqual({
      unknown: 'Slack knows no such user group (group S0GONE)',
    })
  })

  it('names the scope when it lacks', async () => {
    const { people } = await asked({ scopes: ['commands', 'chat:write'] })
    expect(await people.membersOf('S0BACKEND')).toEqual({ unknown: expect.stringContaining('manifest.yml') })
  })
})
