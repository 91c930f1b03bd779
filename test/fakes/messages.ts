import type { Deployment } from '../../src/deployment.ts'
import type { DeploymentEvent } from '../../src/event.ts'
import type { MessageStore, Told, Turn } from '../../src/ports/messages.ts'
import type { AuditRow } from '../../src/ports/records/audit.ts'
import type { Store } from '../../src/ports/store.ts'

/** What the publisher needs of the records, in memory: it answers a moment later, and what it hands out is a copy. */
export interface FakeRecords {
  readonly store: Pick<Store, 'audit'>
  readonly messages: MessageStore
  readonly audits: readonly AuditRow[]
  add(deployment: Deployment): void
  append(id: string, event: DeploymentEvent): void
  /** How often was asked what is new of a deployment. */
  reads(): number
  /** As if its disk were full, until the function that you get is called. */
  refuseSaves(): () => void
  /** As a restarted bot would read it. */
  toldOf(id: string): Told | undefined
  /** Resolves when a row is saved that fits, or at once when it is there. */
  until(id: string, fits: (told: Told) => boolean): Promise<void>
}

export function fakeRecords(): FakeRecords {
  const deployments = new Map<string, Deployment>()
  const events = new Map<string, DeploymentEvent[]>()
  const told = new Map<string, Told>()
  const audits: AuditRow[] = []
  const waiting = new Set<() => void>()
  const copy = <T>(value: T): T => structuredClone(value)
  let isFull = false
  let reads = 0
  const turn: Turn = {
    mayCall: async () => true,
    save: async row => {
      if (isFull) throw new Error('the disk is full')
      told.set(row.deployment, copy(row))
      for (const look of [...waiting]) look()
    },
    over: new Promise(() => {}),
  }
  return {
    store: {
      audit: async row => {
        audits.push(row)
      },
    },
    messages: {
      told: async id => copy(told.get(id)),
      news: async (id, known) => {
        reads += 1
        const deployment = deployments.get(id)
        if (!deployment) throw new Error(`There is no deployment ${id}.`)
        return copy({ deployment, told: told.get(id), events: (events.get(id) ?? []).slice(known) })
      },
      untold: async since =>
        [...deployments.values()]
          .map(deployment => ({ ...deployment, events: events.get(deployment.id)?.length ?? 0 }))
          .filter(({ id, events, status, createdAt, endedAt = createdAt }) => {
            const isNews = status === 'queued' || status === 'running' || endedAt >= since
            const shown = told.get(id)
            return isNews && !(shown?.done && shown.lines >= events)
          }),
      takeTurns: (_owner, begin) => {
        begin(turn)
        return { look() {}, async release() {}, async lapse() {} }
      },
    },
    audits,
    add: deployment => void deployments.set(deployment.id, deployment),
    append: (id, event) => void events.set(id, [...(events.get(id) ?? []), copy(event)]),
    reads: () => reads,
    refuseSaves() {
      isFull = true
      return () => {
        isFull = false
      }
    },
    toldOf: id => told.get(id),
    until: (id, fits) =>
      new Promise(resolve => {
        const look = (): void => {
          const row = told.get(id)
          if (!row || !fits(row)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}
