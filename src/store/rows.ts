import { CHOICES, type Choice, CLICK_ACTIONS, type Click, type Command } from '../command.ts'
import type { Approval, Changes, Deployment, DeploymentStatus, Origin } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'
import type { HostResult } from '../host-result.ts'
import type { Order } from '../order.ts'
import type { Told } from '../ports/messages.ts'
import { revisionFrom } from '../revision.ts'
import type { CommandTable, DeploymentTable, ToldTable } from './schema.ts'

/**
 * Our own records back into the vocabulary's types: the only casts of the store. Each looks at the tag before it believes;
 * what nobody of us wrote is a fault that names the record.
 */

export function deploymentFrom(row: DeploymentTable): Deployment {
  return {
    id: row.id,
    sequence: row.sequence,
    order: orderFrom(row),
    ref: row.ref,
    changes:
      row.changes_json === null ? undefined : (recordIn(row.changes_json, `changes of ${row.id}`) as Changes),
    isRollback: row.is_rollback === 1,
    requestedBy: row.requested_by,
    approval: approvalFrom(row),
    origin: tagged(row.origin_json, 'kind', ['slack', 'cli'], `origin of ${row.id}`) as Origin,
    status: statusFrom(row),
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    cancelledBy: row.cancelled_by ?? undefined,
    resumes: row.resumes,
  }
}

function approvalFrom(row: DeploymentTable): Approval | undefined {
  if (row.order_hash === null || row.expires_at === null) return undefined
  const { decision, decided_by: by, decided_at: at } = row
  const kind = (['approved', 'rejected'] as const).find(known => known === decision)
  return {
    hash: row.order_hash,
    askedAt: row.created_at,
    expiresAt: row.expires_at,
    decision: kind === undefined || by === null || at === null ? undefined : { kind, by, at },
  }
}

function orderFrom(row: DeploymentTable): Order {
  const what = `order of ${row.id}`
  const order = tagged(row.order_json, 'kind', ['code', 'container', 'full'], what)
  const revision = 'revision' in order && typeof order.revision === 'string' ? order.revision : ''
  if (revisionFrom(revision) === undefined) throw unreadable(what, row.order_json)
  return order as Order
}

const statuses: readonly DeploymentStatus[] = [
  'awaiting',
  'queued',
  'running',
  'stalled',
  'succeeded',
  'failed',
  'partial',
  'interrupted',
  'cancelled',
  'rejected',
  'expired',
  'void',
]

function statusFrom(row: DeploymentTable): DeploymentStatus {
  const status = statuses.find(known => known === row.status)
  if (status === undefined) throw unreadable(`status of ${row.id}`, row.status)
  return status
}

const eventKinds: readonly DeploymentEvent['kind'][] = [
  'approval-asked',
  'approved',
  'rejected',
  'void',
  'queued',
  'started',
  'resumed',
  'stalled',
  'answered',
  'changes',
  'turn',
  'step',
  'note',
  'host-ended',
  'cancel-asked',
  'ended',
  'withdrawn',
  'offered',
]

export function eventFrom(json: string, id: string): DeploymentEvent {
  return tagged(json, 'kind', eventKinds, `event of ${id}`) as DeploymentEvent
}

const resultStatuses: readonly HostResult['status'][] = [
  'succeeded',
  'failed',
  'unknown',
  'untouched',
  'put-back',
]

export function resultFrom(json: string, id: string): HostResult {
  return tagged(json, 'status', resultStatuses, `host result of ${id}`) as HostResult
}

export function commandFrom(row: CommandTable): Command {
  return {
    trigger: row.trigger_id,
    actor: row.actor,
    text: JSON.parse(row.text_json),
    click:
      row.click_json === null
        ? undefined
        : (tagged(row.click_json, 'action', [...CLICK_ACTIONS, ...CHOICES], `click of ${row.trigger_id}`) as
            | Click
            | Choice),
    channel: row.channel ?? undefined,
    responseUrl: row.response_url ?? undefined,
    receivedAt: row.received_at,
  }
}

export function toldFrom(row: ToldTable): Told {
  return {
    deployment: row.deployment_id,
    channel: row.channel ?? undefined,
    parent: row.parent ?? undefined,
    lines: row.lines,
    final: row.final === 1,
    reposted: row.reposted === 1,
    barred: recordIn(row.barred_json, `barred channels of ${row.deployment_id}`) as readonly string[],
    done: row.done === 1,
  }
}

function tagged(json: string, tag: string, known: readonly string[], what: string): object {
  const record = recordIn(json, what)
  const value: unknown = Reflect.get(record, tag)
  if (typeof value !== 'string' || !known.includes(value)) throw unreadable(what, json)
  return record
}

function recordIn(json: string, what: string): object {
  const value: unknown = JSON.parse(json)
  if (typeof value !== 'object' || value === null) throw unreadable(what, json)
  return value
}

function unreadable(what: string, found: string): Error {
  return new Error(`The records hold an ${what} that this version cannot read: ${found.slice(0, 200)}`)
}
