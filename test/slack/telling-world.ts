import pino from 'pino'
import { onTestFinished } from 'vitest'
import type { LocalSlack, LocalSlackOptions } from '../../demo/slack/local-slack.ts'
import { startLocalSlack } from '../../demo/slack/server.ts'
import type { Config } from '../../src/config/config.ts'
import type { Deployment } from '../../src/deployment.ts'
import type { DeploymentEvent } from '../../src/event.ts'
import { Secret } from '../../src/secret.ts'
import type { SlackSettings } from '../../src/slack/client.ts'
import type { Pace } from '../../src/slack/pace.ts'
import { type Publisher, startPublisher } from '../../src/slack/publisher.ts'
import { type FakeRecords, fakeRecords } from '../fakes/messages.ts'
import { quickPace } from '../fakes/pace.ts'
import { aDeployment } from '../sentences/deployments.ts'

export const TOKENS = { bot: 'xoxb-test', app: 'xapp-test' }
export const quiet = pino({ level: 'silent' })
const START = 1_800_000_000_000

export const team = {
  team: { id: 'T1', name: 'Team' },
  users: [
    { id: 'U01ALICE', name: 'alice' },
    { id: 'U02BOB', name: 'bob' },
  ],
  channels: [
    { id: 'C01GEN', name: 'general' },
    { id: 'C02CREATOR', name: 'creator' },
    { id: 'C03OUT', name: 'out', has_bot: false },
  ],
  tokens: TOKENS,
} satisfies LocalSlackOptions

export function settingsFor(apiUrl: string): SlackSettings {
  return { botToken: new Secret(TOKENS.bot), appToken: new Secret(TOKENS.app), apiUrl }
}

export interface TellingWorld {
  readonly slack: LocalSlack
  readonly records: FakeRecords
  readonly publisher: Publisher
  readonly pace: ReturnType<typeof quickPace>
  /** Records events and tells them, as a deployment does. */
  happen(deployment: Deployment, ...events: readonly DeploymentEvent[]): void
  /** Another bot on the same records. */
  restart(): Publisher
}

/** A publisher on a real local Slack, in time that passes at once. */
export async function tellingWorld(
  options: Partial<LocalSlackOptions> & { readonly channel?: string; readonly publisherPace?: Pace } = {},
): Promise<TellingWorld> {
  const pace = quickPace()
  const { channel = 'C01GEN', publisherPace = pace, ...slackOptions } = options
  const slack = await startLocalSlack({ ...team, now: () => START + pace.now(), ...slackOptions })
  const records = fakeRecords()
  const config: Config = { channel, hosts: new Map(), services: new Map() }
  const publishers: Publisher[] = []
  const start = (): Publisher => {
    const publisher = startPublisher({
      owner: `bot:${publishers.length}`,
      slack: settingsFor(slack.apiUrl),
      store: records.store,
      messages: records.messages,
      config,
      clock: { now: () => START + pace.now(), monotonic: () => pace.now() },
      log: quiet,
      pace: publisherPace,
    })
    publishers.push(publisher)
    return publisher
  }
  const publisher = start()
  onTestFinished(async () => {
    await Promise.all(publishers.map(each => each.close(0)))
    await slack.close()
  })
  return {
    slack,
    records,
    publisher,
    pace,
    happen(deployment, ...events) {
      records.add(deployment)
      for (const event of events) {
        records.append(deployment.id, event)
        publisher.tell(deployment, event)
      }
    },
    restart: start,
  }
}

export function inChannel(channel = 'C02CREATOR', about: Partial<Deployment> = {}): Deployment {
  return aDeployment({ origin: { kind: 'slack', channel }, createdAt: START, startedAt: START, ...about })
}

export const started: DeploymentEvent = { kind: 'started', fence: 1 }

export function step(host: string, name: string): DeploymentEvent {
  return { kind: 'step', host, step: name, outcome: { status: 'ok', output: '', durationMs: 120 } }
}

export function hostDone(host: string): DeploymentEvent {
  const result = { status: 'succeeded', proof: 'served', previous: undefined, digest: undefined } as const
  return { kind: 'host-ended', host, result, durationMs: 1_900 }
}

export const ended = { kind: 'ended', ending: 'succeeded', durationMs: 1_900 } satisfies DeploymentEvent

export const wholeDeploy: readonly DeploymentEvent[] = [
  started,
  ...['web1', 'web2'].flatMap(host => [step(host, 'fetch'), step(host, 'reset'), hostDone(host)]),
  ended,
]
