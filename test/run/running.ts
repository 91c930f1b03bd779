import type { Target } from '../../src/config/config.ts'
import type { Deployment, Ending } from '../../src/deployment.ts'
import type { DeploymentEvent } from '../../src/event.ts'
import type { Hosts } from '../../src/ports/hosts.ts'
import type { Claimed } from '../../src/ports/records/queue.ts'
import type { Store } from '../../src/ports/store.ts'
import { runDeployment } from '../../src/run/deploy.ts'
import { startScheduler } from '../../src/run/scheduler.ts'
import type { World } from '../../src/run/world.ts'
import { hear } from '../../src/touchdown.ts'
import { aHost, aTarget } from '../policy/configs.ts'
import { said, stage } from '../stories/bot.ts'

/** Real records with queued deployments in them, hosts that are not there, and faults to be put between. */
export interface Running {
  readonly world: World
  readonly queued: readonly Deployment[]
  readonly told: readonly { readonly id: string; readonly event: DeploymentEvent }[]
  readonly problems: readonly string[]
  /** Queues another one. */
  say(service: string): Promise<void>
  /** Resolves when this was told of the deployment so many times. */
  until(id: string, kind: DeploymentEvent['kind'], times?: number): Promise<void>
}

/** A queued deployment for each service, `d1` and on, each with two hosts of its own unless others are given. */
export async function running(
  services: readonly string[],
  hosts: (service: string) => readonly string[] = service => [`${service}-1`, `${service}-2`],
): Promise<Running> {
  const targets = services.map(
    (service): Target => aTarget({ service, hosts: hosts(service).map(aHost), deployers: ['U01ALICE'] }),
  )
  const { bot, store } = await stage({ targets })
  let count = 0
  const say = async (service: string): Promise<void> => {
    count += 1
    await hear({ ...bot, newId: () => `d${count}` }, said(service))
  }
  for (const service of services) await say(service)
  const told: { id: string; event: DeploymentEvent }[] = []
  const problems: string[] = []
  const waiting = new Set<() => void>()
  const world: World = {
    ...bot,
    problem: what => problems.push(what),
    teller: {
      tell({ id }, event) {
        told.push({ id, event })
        for (const look of [...waiting]) look()
      },
    },
  }
  return {
    world,
    queued: await store.unfinished(),
    told,
    problems,
    say,
    until: (id, kind, times = 1) =>
      new Promise(resolve => {
        const look = (): void => {
          if (told.filter(each => each.id === id && each.event.kind === kind).length < times) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

/** Runs what was claimed, by a process that then stops; how it ended, when that is recorded. */
export async function runOut(world: World, claimed: Claimed): Promise<Ending | 'left' | undefined> {
  const scheduler = startScheduler(world, 'bot:first')
  let ending: Ending | 'left' | undefined
  scheduler.run(claimed, async record => {
    ending = await runDeployment(world, claimed, record)
    return ending
  })
  await scheduler.drain()
  return ending
}

/** Records that refuse these events until there is room again. */
export function fullDisk(
  store: Store,
  refuses: (event: DeploymentEvent) => boolean,
): { readonly store: Store; readonly refused: (times: number) => Promise<void>; readonly clear: () => void } {
  let isFull = true
  let count = 0
  const waiting = new Set<() => void>()
  return {
    store: {
      ...store,
      async append(id, event, fence) {
        if (!isFull || !refuses(event)) return store.append(id, event, fence)
        count += 1
        for (const look of [...waiting]) look()
        throw new Error('database or disk is full')
      },
    },
    refused: times =>
      new Promise(resolve => {
        const look = () => {
          if (count >= times) resolve()
        }
        waiting.add(look)
        look()
      }),
    clear: () => {
      isFull = false
    },
  }
}

/** A promise, and what fulfils it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}

/** The same hosts, which are reached when the gate is open. */
export function behind({ opened }: { readonly opened: Promise<void> }, hosts: Hosts): Hosts {
  return { ...hosts, open: (host, purpose) => opened.then(() => hosts.open(host, purpose)) }
}
