import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import type { Clock } from '../../src/ports/clock.ts'
import { Secret } from '../../src/secret.ts'
import type { PostgresPlace } from '../../src/store/postgres.ts'
import { type OpenStore, openSharedStore } from '../../src/store/store.ts'
import { PASSWORD, urlOf } from './server.ts'

export interface Database {
  readonly place: PostgresPlace
  open(clock?: Clock): Promise<OpenStore>
  /** As another program would. */
  query(text: string): Promise<readonly Record<string, unknown>[]>
  remove(): Promise<void>
}

/** An empty database on the server that setup.ts has started. */
export async function freshDatabase(): Promise<Database> {
  const name = `t_${randomUUID().replaceAll('-', '')}`
  // Half the work of writing each page into the log, too.
  await on('postgres', `CREATE DATABASE ${name} STRATEGY FILE_COPY`)
  const place = placeOf(name)
  return {
    place,
    open: clock => openSharedStore({ place, newId: randomUUID, ...(clock && { clock }) }),
    query: text => on(name, text),
    remove: async () => void (await on('postgres', `DROP DATABASE ${name} WITH (FORCE)`)),
  }
}

export function placeOf(database: string, as: { user?: string; password?: string } = {}): PostgresPlace {
  const url = urlOf(inject('postgres'), database, as)
  return { url: new Secret(url), shown: url.replace(encodeURIComponent(as.password ?? PASSWORD), '…') }
}

async function on(database: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(urlOf(inject('postgres'), database))
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}
