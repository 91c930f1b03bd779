import pino from 'pino'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { LocalSlackOptions } from '../../demo/slack/local-slack.ts'
import { startLocalSlack } from '../../demo/slack/server.ts'
import type { Command } from '../../src/command.ts'
import { OutcomeUnknown } from '../../src/ports/store.ts'
import { Secret } from '../../src/secret.ts'
import { type Hearing, startSlack } from '../../src/slack/app.ts'
import { TokenRejected } from '../../src/slack/tokens.ts'
import { quiet, settingsFor, team } from './telling-world.ts'

const clock = { now: () => Date.now(), monotonic: () => performance.now() }
const typed = { user: 'U01ALICE', channel: 'C01GEN', text: 'creator main' }

async function connected(
  onCommand: Partial<Hearing> = {},
  options: Partial<LocalSlackOptions> = {},
  log = quiet,
) {
  const slack = await startLocalSlack({ ...team, ...options })
  const acted: Command[] = []
  const known = new Set<string>()
  const hearing: Hearing = {
    async accept({ trigger }) {
      if (known.has(trigger)) return false
      known.add(trigger)
      return true
    },
    act: command => void acted.push(command),
    ...onCommand,
  }
  const app = await startSlack({ slack: settingsFor(slack.apiUrl), onCommand: hearing, clock, log })
  onTestFinished(async () => {
    await app.close()
    await slack.close()
  })
  return { slack, app, acted }
}

describe('a command from Slack', () => {
  it('is recorded, acknowledged without a word, and acted upon', async () => {
    const { slack, acted, app } = await connected()
    const outcome = await slack.command(typed)
    expect(outcome).toMatchObject({ status: 'acked', userSaw: undefined })
    expect(acted).toEqual([
      {
        trigger: outcome.triggerId,
        actor: 'U01ALICE',
        text: 'creator main',
        channel: 'C01GEN',
        responseUrl: outcome.responseUrl,
        receivedAt: expect.any(Number),
      },
    ])
    expect(app.isConnected()).toBe(true)
    expect(slack.complaints).toEqual([])
  })

  it('that Slack delivers twice is acted upon once', async () => {
    const { slack, acted } = await connected()
    slack.faults.duplicateNextEnvelope(3)
    await slack.command(typed)
    await slack.command({ ...typed, text: 'status' })
    expect(acted.map(command => command.text)).toEqual(['creator main', 'status'])
  })

  it('that cannot be recorded is not accepted, and the person reads why', async () => {
    const { slack, acted } = await connected({
      accept: async () => {
        throw new Error('database or disk is full')
      },
    })
    const outcome = await slack.command(typed)
    expect(outcome.userSaw).toMatch(/not accepted, and nothing was started: database or disk is full/)
    expect(slack.ephemerals('U01ALICE').map(shown => shown.text)).toEqual([outcome.userSaw])
    expect(acted).toEqual([])
  })

  it('that may have been recorded is not said to have been refused', async () => {
    const accept = async () => {
      throw new OutcomeUnknown('the link was cut')
    }
    const { slack, acted } = await connected({ accept })
    const { userSaw } = await slack.command(typed)
    expect(userSaw).toMatch(/^It is not known whether the command was recorded: the link was cut\./)
    expect(acted).toEqual([])
  })

  it('is acknowledged before it is acted upon, however long that takes', async () => {
    let finish = (): void => {}
    const acting = new Promise<void>(resolve => {
      finish = resolve
    })
    const { slack } = await connected({ act: () => acting })
    expect((await slack.command(typed)).status).toBe('acked')
    finish()
  })

  it('is acknowledged when acting on it fails at once, and the next one is heard', async () => {
    const act = vi.fn(() => {
      throw new Error('a fault of ours')
    })
    const { slack } = await connected({ act })
    expect((await slack.command(typed)).status).toBe('acked')
    expect((await slack.command(typed)).status).toBe('acked')
    expect(act).toHaveBeenCalledTimes(2)
  })

  it('is acknowledged before Slack gives it up, a hundred at once', async () => {
    const { slack } = await connected()
    await slack.command(typed)
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => slack.command(typed)))
    const times = outcomes.map(outcome => outcome.ackedWithinMs ?? Number.POSITIVE_INFINITY)
    // Slack's own limit; how fast it is, the bench measures.
    expect(Math.max(...times)).toBeLessThan(3_000)
    expect(new Set(outcomes.map(outcome => outcome.status))).toEqual(new Set(['acked']))
  })
})

describe('the connection to Slack', () => {
  it('comes back after Slack has asked to reconnect', async () => {
    const { slack, app, acted } = await connected()
    slack.faults.disconnect('refresh_requested')
    await slack.waitFor(({ openConnections }) => openConnections === 0)
    await vi.waitFor(() => expect(app.isConnected()).toBe(false))
    await slack.waitFor(({ openConnections }) => openConnections === 1, 15_000)
    await vi.waitFor(() => expect(app.isConnected()).toBe(true))
    await slack.command(typed)
    expect(acted.length).toBe(1)
  }, 20_000)

  it('comes back after a cut, although Slack gives out no sockets for a while', async () => {
    const { slack, app } = await connected()
    slack.faults.connectionsOpenDown()
    slack.faults.dropConnections()
    const before = slack.calls.length
    await slack.waitFor(({ calls }) => calls.length > before + 1, 15_000)
    expect(app.isConnected()).toBe(false)
    slack.faults.heal('apps.connections.open')
    await slack.waitFor(({ openConnections }) => openConnections === 1, 15_000)
  }, 30_000)

  it('may be closed while it is being made anew', async () => {
    const { slack, app } = await connected()
    slack.faults.dropConnections()
    await slack.waitFor(({ openConnections }) => openConnections === 1, 15_000)
    await app.close()
    await slack.waitFor(({ openConnections }) => openConnections === 0)
    expect(app.isConnected()).toBe(false)
  }, 20_000)

  it('goes on trying when Slack no longer takes the token, instead of ending the process', async () => {
    const lines: string[] = []
    const log = pino({ level: 'error' }, { write: line => void lines.push(line) })
    const { slack, app } = await connected({}, {}, log)
    slack.faults.refuse('apps.connections.open', 'invalid_auth')
    slack.faults.dropConnections()
    await vi.waitFor(
      () => expect(lines.join('')).toContain('No commands can be heard: Slack says invalid_auth'),
      15_000,
    )
    expect(app.isConnected()).toBe(false)
  }, 20_000)

  it('is closed after the commands at hand are acknowledged', async () => {
    let record = (_isNew: boolean): void => {}
    let arrive = (): void => {}
    const arrived = new Promise<void>(resolve => {
      arrive = resolve
    })
    const accept = (): Promise<boolean> => {
      arrive()
      return new Promise(resolve => {
        record = resolve
      })
    }
    const { slack, app } = await connected({ accept })
    const outcome = slack.command(typed)
    await arrived
    const closing = app.close()
    record(true)
    expect((await outcome).status).toBe('acked')
    await closing
    expect(app.isConnected()).toBe(false)
    await slack.waitFor(({ openConnections }) => openConnections === 0)
  })
})

describe('starting', () => {
  it.each([
    ['SLACK_BOT_TOKEN', 'invalid_auth', { botToken: new Secret('xoxb-wrong') }],
    ['SLACK_BOT_TOKEN', 'not_allowed_token_type', { botToken: new Secret(team.tokens.app) }],
    ['SLACK_APP_TOKEN', 'invalid_auth', { appToken: new Secret('xapp-wrong') }],
    ['SLACK_APP_TOKEN', 'not_allowed_token_type', { appToken: new Secret(team.tokens.bot) }],
  ])('says that %s is not accepted: %s', async (variable, error, tokens) => {
    const slack = await startLocalSlack(team)
    onTestFinished(() => slack.close())
    const start = startSlack({
      slack: { ...settingsFor(slack.apiUrl), ...tokens },
      onCommand: { accept: async () => true, act: () => {} },
      clock,
      log: quiet,
    })
    const rejection = await start.then(
      () => undefined,
      (found: unknown) => found,
    )
    expect(rejection).toBeInstanceOf(TokenRejected)
    expect(rejection).toMatchObject({
      variable,
      message: expect.stringContaining(`${variable} is not accepted: Slack says ${error}.`),
    })
    expect(String(rejection)).not.toMatch(/xoxb-wrong|xapp-wrong|xoxb-test|xapp-test/)
  })

  it('waits for a Slack that is down, and says so', async () => {
    const slack = await startLocalSlack(team)
    slack.faults.serverError('auth.test')
    const lines: string[] = []
    const log = pino({ level: 'warn' }, { write: line => void lines.push(line) })
    const app = await startSlack({
      slack: settingsFor(slack.apiUrl),
      onCommand: { accept: async () => true, act: () => {} },
      clock,
      log,
    })
    onTestFinished(async () => {
      await app.close()
      await slack.close()
    })
    expect(app.isConnected()).toBe(true)
    expect(lines.join('')).toContain('Slack answers HTTP 503. It is tried again in 1 s.')
    expect(lines.join('')).not.toMatch(/xoxb|xapp/)
  })

  it('is given up on request', async () => {
    const slack = await startLocalSlack(team)
    onTestFinished(() => slack.close())
    slack.faults.serverError('auth.test', { times: 1_000 })
    const giveUp = new AbortController()
    const start = startSlack({
      slack: settingsFor(slack.apiUrl),
      onCommand: { accept: async () => true, act: () => {} },
      clock,
      log: quiet,
      signal: giveUp.signal,
    })
    const outcome = expect(start).rejects.toThrow()
    await slack.waitFor(({ calls }) => calls.length > 0)
    giveUp.abort()
    await outcome
  })
})
