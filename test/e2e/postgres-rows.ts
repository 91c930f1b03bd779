import pg from 'pg'
import { type PostgresServer, urlOf } from '../postgres/server.ts'

/** What the bots' records on this server answer to a query, over a connection of its own. */
export async function rowsOf(
  { address }: PostgresServer,
  query: string,
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(urlOf(address, 'postgres'))
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(query)).rows
  } finally {
    await client.end()
  }
}
