import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Database from 'libsql'
import { z } from 'zod'
import type { TestBot } from './bot.ts'

/** What the bot has recorded, read from its file through a connection that may not write. */
export interface Recorded {
  readonly audit: readonly z.infer<typeof auditRow>[]
  readonly deployments: readonly z.infer<typeof deploymentRow>[]
  readonly commands: readonly z.infer<typeof commandRow>[]
  /** In their order. */
  eventsOf(deployment: string): readonly z.infer<typeof event>[]
}

const auditRow = z.object({
  n: z.number(),
  actor: z.string(),
  action: z.string(),
  target: z.string().nullable(),
  decision: z.string(),
  detail: z.string(),
})
const deploymentRow = z.object({
  id: z.string(),
  service: z.string(),
  environment: z.string(),
  status: z.string(),
  requested_by: z.string(),
  resumes: z.number(),
  created_at: z.number(),
  started_at: z.number().nullable(),
})
const commandRow = z.object({ trigger_id: z.string(), settled_at: z.number().nullable() })
const event = z.looseObject({ kind: z.string() })
const eventRow = z.object({ event_json: z.string() })

/** Everything as it is now; oldest first. Events are read when they are asked for. */
export function recordsOf(bot: Pick<TestBot, 'folder'>): Recorded {
  return reading(bot, all => ({
    audit: z.array(auditRow).parse(all('SELECT * FROM audit ORDER BY n')),
    deployments: z.array(deploymentRow).parse(all('SELECT * FROM deployments ORDER BY sequence')),
    commands: z.array(commandRow).parse(all('SELECT * FROM commands ORDER BY received_at')),
    eventsOf: deployment =>
      reading(bot, all =>
        z
          .array(eventRow)
          .parse(all('SELECT event_json FROM events WHERE deployment_id = ? ORDER BY n', deployment))
          .map(row => event.parse(JSON.parse(row.event_json))),
      ),
  }))
}

function reading<T>(
  bot: Pick<TestBot, 'folder'>,
  read: (all: (query: string, ...values: readonly string[]) => unknown) => T,
): T {
  const file = pathToFileURL(join(bot.folder, 'touchdown.db')).href
  const database = new Database(`${file}?mode=ro`, { timeout: 5_000 })
  try {
    return read((query, ...values) => database.prepare(query).all([...values]))
  } finally {
    database.close()
  }
}
