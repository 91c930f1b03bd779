import type { Deployment } from '../../src/deployment.ts'
import type { DeploymentEvent } from '../../src/event.ts'
import type { AuditRow, MessageStore, Store, Told } from '../../src/ports.ts'

/** What the publisher needs of the records, in memory: it answers a moment later, and what it hands out is a copy. */
export interface FakeRecords {
  readonly store: Pick<Store, 'events' | 'audit'>
  readonly messages: MessageStore
  readonly audits: readonly AuditRow[]
  add(deployment: Deployment): void
  append(id: string, event: DeploymentEvent): void
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
  return {
    store: {
      events: async id => (events.get(id) ?? []).map(event => ({ at: 0, event: copy(event) })),
      audit: async row => {
        audits.push(row)
      },
    },
    messages: {
      told: async id => copy(told.get(id)),
      save: async row => {
        told.set(row.deployment, copy(row))
        for (const look of [...waiting]) look()
      },
      untold: async since =>
        [...deployments.values()].filter(({ id, status, createdAt, endedAt = createdAt }) => {
          const isNews = status === 'queued' || status === 'running' || endedAt >= since
          return isNews && told.get(id)?.done !== true
        }),
    },
    audits,
    add: deployment => void deployments.set(deployment.id, deployment),
    append: (id, event) => void events.set(id, [...(events.get(id) ?? []), copy(event)]),
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
