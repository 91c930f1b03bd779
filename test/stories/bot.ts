import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Command } from '../../src/command.ts'
import type { Target } from '../../src/config/config.ts'
import type { DeploymentEvent } from '../../src/event.ts'
import type { Actor, GroupMembers } from '../../src/policy/actor.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Hosts } from '../../src/ports/hosts.ts'
import { refuse, yes } from '../../src/refusal.ts'
import { openLanes } from '../../src/run/lanes.ts'
import type { Scheduler } from '../../src/run/scheduler.ts'
import { NEVER } from '../../src/run/stop.ts'
import { fetchQueue } from '../../src/run/world.ts'
import { type OpenStore, openStore } from '../../src/store/store.ts'
import type { Bot } from '../../src/story/bot.ts'
import { testFolder } from '../folder.ts'
import { NEW } from '../plan/orders.ts'
import { configOf } from '../policy/configs.ts'

/** The story with real records and with hosts, git and people that only remember what was asked of them. */
export interface Stage {
  readonly bot: Bot
  readonly store: OpenStore
  /** Everything outside that was touched: `opened web1`, `resolved main`, `asked U01ALICE`, … */
  readonly touched: readonly string[]
  readonly told: readonly DeploymentEvent[]
}

export const CLOCK: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

export interface StageOptions {
  readonly targets: readonly Target[]
  readonly standing?: Actor['standing']
  readonly members?: GroupMembers
}

export async function stage({
  targets,
  standing = 'member',
  members = new Set<string>(),
}: StageOptions): Promise<Stage> {
  const touched: string[] = []
  const told: DeploymentEvent[] = []
  let count = 0
  const newId = () => `d${++count}`
  const file = join(testFolder('story'), 'touchdown.db')
  const store = await openStore({ file, clock: CLOCK, newId })
  onTestFinished(() => store.close())
  const bot: Bot = {
    store,
    newId,
    clock: CLOCK,
    config: configOf(...targets),
    hosts: closedHosts(touched),
    teller: { tell: (_, event) => told.push(event) },
    secretOf: () => undefined,
    secrets: [],
    fetches: fetchQueue(),
    lanes: openLanes(),
    stop: NEVER,
    problem: (what, error) => {
      throw new Error(what, { cause: error })
    },
    mirrors: {
      async resolve(target, ref) {
        touched.push(`resolved ${ref.name}`)
        return ref.name === 'main'
          ? yes({ revision: NEW, branch: 'main', shown: 'main' })
          : refuse({ reason: 'unknown-ref', service: target.service, ref: ref.name, near: ['main'] })
      },
      // No story here waits for the list of commits, as no deployment does.
      changes: () => new Promise(() => {}),
      changedFiles: async () => ['app.py', 'requirements.txt', 'docker/Dockerfile'],
      close: async () => {},
    },
    people: {
      async standingOf(id) {
        touched.push(`asked ${id}`)
        return standing
      },
      async membersOf(group) {
        touched.push(`asked ${group}`)
        return members
      },
    },
    scheduler: stillScheduler(touched),
    notify: (_, { kind, host }) => touched.push(`${kind} ${host}`),
  }
  return { bot, store, touched, told }
}

function closedHosts(touched: string[]): Hosts {
  return {
    async open(host) {
      touched.push(`opened ${host.name}`)
      const because = {
        kind: 'unreachable',
        address: host.address,
        port: host.port,
        detail: 'it is not there',
      } as const
      return { kind: 'closed', because }
    },
    close: async () => {},
  }
}

/** Starts nothing: these stories end when a deployment is queued. */
function stillScheduler(touched: string[]): Scheduler {
  return {
    owner: 'bot:story',
    wake: () => touched.push('woke'),
    run: () => touched.push('ran'),
    takeUp: async () => {},
    running: () => [],
    drain: async () => {},
  }
}

let triggers = 0
export function said(text: string, actor = 'U01ALICE'): Command {
  triggers += 1
  const receivedAt = CLOCK.now()
  return { trigger: `t${triggers}`, actor, text, channel: 'C01GEN', responseUrl: undefined, receivedAt }
}
