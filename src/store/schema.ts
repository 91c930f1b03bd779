import type { HoldTable } from './holds-table.ts'
import type { LeaseTable } from './leases.ts'

/** The tables as migrations.ts makes them. Times are milliseconds since 1970; `*_json` hold JSON as text. */
export interface Schema {
  meta: { name: string; value: string }
  counters: { name: string; value: number }
  commands: CommandTable
  deployments: DeploymentTable
  deployment_hosts: DeploymentHostTable
  places: PlaceTable
  cancels: CancelTable
  events: { deployment_id: string; n: number; at: number; event_json: string }
  audit: AuditTable
  told: ToldTable
  holds: HoldTable
  leases: LeaseTable
}

/** All that have to be there: records that lack one are not whole. */
export const TABLES: Readonly<Record<keyof Schema, true>> = {
  meta: true,
  counters: true,
  commands: true,
  deployments: true,
  deployment_hosts: true,
  places: true,
  cancels: true,
  events: true,
  audit: true,
  told: true,
  holds: true,
  leases: true,
}

export interface CommandTable {
  trigger_id: string
  actor: string
  /** JSON, because a person may type anything, and PostgreSQL keeps no NUL in a text. */
  text_json: string
  /** Of a button, what it asks; null for typed words. */
  click_json: string | null
  channel: string | null
  /** Whoever knows it may answer in Slack: removed when the command is settled. */
  response_url: string | null
  received_at: number
  settled_at: number | null
  /** Whose it is to act on, until it is settled or the lease is over. */
  owner: string
  lease_until: number
}

export interface DeploymentTable {
  id: string
  sequence: number
  trigger_id: string
  service: string
  environment: string
  order_json: string
  ref: string
  changes_json: string | null
  is_rollback: number
  requested_by: string
  origin_json: string
  status: string
  created_at: number
  started_at: number | null
  ended_at: number | null
  cancelled_by: string | null
  resumes: number
  fence: number | null
  /** Of its first attempt. */
  first_fence: number | null
  owner: string | null
  lease_until: number | null
  /** Of what has to be approved; null: nobody has to be asked. */
  order_hash: string | null
  expires_at: number | null
  decision: string | null
  decided_by: string | null
  decided_at: number | null
  decided_trigger: string | null
  /** While it is stalled: until when somebody may say what becomes of it. */
  stalled_until: number | null
  /** Of the press that said so last. */
  answered_trigger: string | null
  /** What its end offers: 0 nothing, or nothing any more; 1 is shown; 2 is not while a rollback of it awaits its approval or its turn. */
  offers: number
  /** How many events it has: the number of the last one. */
  events: number
}

export interface DeploymentHostTable {
  deployment_id: string
  host: string
  status: string | null
  result_json: string | null
  duration_ms: number | null
  digest: string | null
}

/**
 * The queue: a row for each thing that an unfinished deployment must have to itself (its target, each host's name, each
 * host's address and port). It may start when no row with a key of its own has a smaller sequence. Gone when it ends.
 */
export interface PlaceTable {
  deployment_id: string
  sequence: number
  key: string
}

/** Each cancel by its trigger, so that a repeated one stops nothing more. */
export interface CancelTable {
  trigger_id: string
  /** Null: there was nothing to stop. */
  deployment_id: string | null
}

export interface AuditTable {
  n: number
  at: number
  actor: string
  action: string
  target: string | null
  decision: string
  detail: string
  /** Of the command that it came from, if any. */
  trigger_id: string | null
}

/** What Slack shows of a deployment: `Told` in ports/messages.ts. */
export interface ToldTable {
  deployment_id: string
  channel: string | null
  parent: string | null
  lines: number
  final: number
  reposted: number
  barred_json: string
  done: number
}
