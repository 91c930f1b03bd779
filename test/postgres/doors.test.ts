import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Secret } from '../../src/secret.ts'
import { type PostgresPlace, postgresRecords } from '../../src/store/postgres.ts'
import { StoreRefused } from '../../src/store/refused.ts'
import { newDeployment } from '../contract/orders.ts'
import { type Database, freshDatabase, placeOf } from './databases.ts'
import { PASSWORD } from './server.ts'

let database: Database
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.remove())

describe('a database that cannot be used is refused with the reason, and left alone', () => {
  test('where nobody listens', async () => {
    const refused = await refusal(at(database.place, url => url.replace(/@[^@]*\//, '@localhost:1/')))
    expect(refused).toMatchObject({ because: 'unreachable' })
    expect(refused.message).toMatch(/are not used: the server cannot be reached \(connect ECONNREFUSED/)
    expect(refused.message).toMatch(/See that the server runs/)
  })

  test('with another password', async () => {
    const refused = await refusal(placeOf('postgres', { password: 'another-s3cret' }))
    expect(refused).toMatchObject({ because: 'no-entry' })
    expect(refused.message).not.toContain('s3cret')
  })

  test('without a password, or by TLS where there is none, or with a certificate that is not there', async () => {
    const said = ['SASL', 'The server does not support SSL connections', "ENOENT.*open '/nowhere'"]
    const { place } = database
    const refusals = await Promise.all([
      refusal(at(place, url => url.replace(/:[^:@]*@/, '@'))),
      refusal(at(place, url => `${url}?sslmode=verify-full`)),
      refusal(at(place, url => `${url}?sslmode=verify-full&sslrootcert=/nowhere`)),
    ])
    for (const [index, refused] of refusals.entries()) {
      expect(refused).toMatchObject({ because: 'no-entry' })
      expect(refused.message).toMatch(new RegExp(`do not agree on how to connect \\(${said[index]}`))
      expect(refused.message).toContain('sslmode')
    }
  })

  test('as somebody unknown', async () => {
    expect(await refusal(placeOf('postgres', { user: 'nobody' }))).toMatchObject({ because: 'no-entry' })
  })

  test('that is not there', async () => {
    const refused = await refusal(placeOf('nowhere'))
    expect(refused).toMatchObject({ because: 'no-database' })
    expect(refused.message).toContain('database "nowhere" does not exist')
  })

  test('on a server that is too old', async () => {
    const refused = await postgresRecords(database.place, { oldest: 99 }).catch(error => error)
    expect(refused).toMatchObject({ because: 'too-old' })
    expect(refused.message).toContain('the server is PostgreSQL 18.')
    expect(await tables()).toEqual([])
  })

  test('that holds another program’s tables', async () => {
    await database.query('CREATE TABLE events (id int)')
    expect(await refusal()).toMatchObject({ because: 'foreign' })
    expect(await tables()).toEqual(['events'])
  })

  test('that a later version has changed', async () => {
    await made()
    await database.query("INSERT INTO touchdown_migrations VALUES ('9999-later')")
    expect(await refusal()).toMatchObject({ because: 'newer' })
  })

  test('that lacks a table of ours', async () => {
    await made()
    await database.query('DROP TABLE places')
    const refused = await refusal()
    expect(refused).toMatchObject({ because: 'corrupt' })
    expect(refused.message).toContain('tables of ours are missing (places)')
  })

  test('that takes no writes', async () => {
    const [row] = await database.query('SELECT current_database() AS name')
    await database.query(`ALTER DATABASE ${row?.['name']} SET default_transaction_read_only = on`)
    expect(await refusal()).toMatchObject({ because: 'read-only' })
  })

  test('where this user may make no tables', async () => {
    const [row] = await database.query('SELECT current_database() AS name')
    const user = `${row?.['name']}_guest`
    await database.query(`CREATE ROLE ${user} LOGIN PASSWORD 'guest'`)
    const refused = await refusal(placeOf(String(row?.['name']), { user, password: 'guest' }))
    expect(refused).toMatchObject({ because: 'no-right' })
    await database.query(`DROP ROLE ${user}`)
  })
})

test('another schema’s tables are nobody’s business', async () => {
  await database.query('CREATE SCHEMA other; CREATE TABLE other.touchdown_migrations (x int)')
  await made()
  expect((await tables()).length).toBeGreaterThan(10)
})

test('ten that open one new database at once make it once', async () => {
  const stores = await Promise.all(Array.from({ length: 10 }, () => database.open()))
  expect(new Set(stores.map(({ installation }) => installation)).size).toBe(1)
  for (const store of stores) await store.close()
})

test('the server’s clock counts, not that of the process', async () => {
  const store = await database.open()
  const here = vi.spyOn(Date, 'now').mockReturnValue(0)
  const { createdAt } = (await store.create(newDeployment('d1'))).deployment
  here.mockRestore()
  const [row] = await database.query('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now')
  expect(Math.abs(Number(row?.['now']) - createdAt)).toBeLessThan(60_000)
  await store.close()
})

test('G9: the database itself refuses to change or remove an audit row', async () => {
  const store = await database.open()
  await store.audit({ actor: 'U01ALICE', action: 'deploy', target: 'app', decision: 'accepted', detail: '' })
  await store.close()
  const before = await database.query('SELECT * FROM audit')
  expect(before).toHaveLength(1)
  for (const change of ["UPDATE audit SET actor = 'x'", 'DELETE FROM audit', 'TRUNCATE audit']) {
    await expect(database.query(change)).rejects.toThrow('audit is append-only')
  }
  expect(await database.query('SELECT * FROM audit')).toEqual(before)
})

test('nothing stays in a session, so that connections may be shared by a pooler', async () => {
  const store = await database.open()
  const bot = await store.holdInstance()
  await store.create(newDeployment('d1'))
  await store.claim('d1', 'bot')
  const kept = await database.query(`
    SELECT locktype FROM pg_locks JOIN pg_database ON pg_database.oid = database
      WHERE locktype = 'advisory' AND datname = current_database()
    UNION ALL SELECT state FROM pg_stat_activity WHERE datname = current_database() AND state LIKE '% in %'`)
  expect(kept).toEqual([])
  if (bot !== 'taken') await bot.release()
  await store.close()
})

async function refusal(place = database.place): Promise<StoreRefused> {
  const refused = await postgresRecords(place).catch(error => error)
  if (!(refused instanceof StoreRefused)) throw refused
  expect(refused.message).not.toContain(PASSWORD)
  expect(refused.message).not.toContain(encodeURIComponent(PASSWORD))
  expect(refused.message).toContain('Nothing was changed there.')
  return refused
}

function at(place: PostgresPlace, change: (url: string) => string): PostgresPlace {
  return { url: new Secret(change(place.url.reveal())), shown: place.shown }
}

async function made(): Promise<void> {
  await (await database.open()).close()
}

async function tables(): Promise<readonly unknown[]> {
  const rows = await database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
  return rows.map(({ tablename }) => tablename)
}
