import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { sql } from 'kysely'
import Database from 'libsql'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Told } from '../../src/ports/messages.ts'
import { networkFilesystem } from '../../src/store/recognise.ts'
import { StoreRefused } from '../../src/store/refused.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { handClock, newDeployment } from '../contract/orders.ts'
import { freshDirectory, openAt } from './files.ts'

const clock = handClock()
let file: string
let remove: () => Promise<void>
beforeEach(async () => {
  const fresh = await freshDirectory()
  file = fresh.file
  remove = fresh.remove
})
afterEach(() => remove())

describe('F5: a file that is not ours or not whole is refused and left alone', () => {
  test.each([
    ['a text', 'foreign', () => writeFile(file, 'Dear diary,\n'.repeat(500))],
    ['half a header', 'corrupt', () => writeFile(file, 'SQLite format 3\0\x10')],
    ['another program’s database', 'foreign', async () => withSql('CREATE TABLE theirs (x)')],
    ['a database cut in half', 'corrupt', async () => truncate(await filled(), 20_000)],
    ['flipped bytes', 'corrupt', async () => flipBytes(await filled())],
    [
      'a later version’s tables',
      'newer',
      async () => {
        await filled()
        withSql("INSERT INTO touchdown_migrations VALUES ('9999-later')")
      },
    ],
  ] as const)('%s', async (_, because, make) => {
    await make()
    const before = await readFile(file)
    const refused = await refusal()
    expect(refused.because).toBe(because)
    expect(refused.message).toContain(file)
    expect(await readFile(file)).toEqual(before)
    // Nor is it let in on the second try, once something was left beside it.
    expect((await refusal()).because).toBe(because)
  })

  test('a directory that is not there', async () => {
    await rm(dirname(file), { recursive: true })
    expect(await refusal()).toMatchObject({
      because: 'unusable',
      message: expect.stringContaining('directory exists'),
    })
  })

  test('a directory in the file’s place', async () => {
    const refused = await openAt(dirname(file), clock).catch(error => error)
    expect(refused).toMatchObject({ because: 'unusable' })
  })
})

test('an empty file is a new one', async () => {
  await writeFile(file, '')
  await (await openAt(file, clock)).close()
  expect((await readFile(file)).toString('latin1', 68, 72)).toBe('TDWN')
})

test('ten that open one new file at once make it once', async () => {
  const stores = await Promise.all(Array.from({ length: 10 }, () => openAt(file, clock)))
  expect(new Set(stores.map(store => store.installation)).size).toBe(1)
  for (const store of stores) await store.close()
})

test('F4: a commit is flushed to disk before it is answered (write-ahead log, synchronous = FULL)', async () => {
  const database = await openSqlite(file)
  const setting = async (name: string) => {
    const { rows } = await sql.raw<Record<string, unknown>>(`PRAGMA ${name}`).execute(database)
    return rows[0]?.[name]
  }
  expect(await setting('journal_mode')).toBe('wal')
  expect(await setting('synchronous')).toBe(2)
  expect(await setting('foreign_keys')).toBe(1)
  await database.destroy()
})

test('G9: the database itself refuses to change, remove or replace an audit row', async () => {
  const store = await openAt(file, clock)
  await store.audit({
    actor: 'U01ALICE',
    action: 'deploy',
    target: undefined,
    decision: 'not-permitted',
    detail: 'a\0\ud800',
  })
  await store.audit({ actor: 'U02BOB', action: 'cancel', target: 'app', decision: 'accepted', detail: '' })
  const rows = () => withSql('SELECT * FROM audit ORDER BY n')
  const before = rows()
  expect(before).toEqual([
    {
      n: 1,
      at: clock.now(),
      actor: 'U01ALICE',
      action: 'deploy',
      target: null,
      decision: 'not-permitted',
      detail: 'a\\u0000\ufffd',
      trigger_id: null,
    },
    {
      n: 2,
      at: clock.now(),
      actor: 'U02BOB',
      action: 'cancel',
      target: 'app',
      decision: 'accepted',
      detail: '',
      trigger_id: null,
    },
  ])
  for (const edit of [
    "UPDATE audit SET actor = 'U03EVE' WHERE n = 1",
    'DELETE FROM audit',
    "INSERT OR REPLACE INTO audit VALUES (1, 0, 'U03EVE', 'x', NULL, 'accepted', '', NULL)",
  ]) {
    expect(() => withSql(edit)).toThrow('audit is append-only')
  }
  expect(rows()).toEqual(before)
  await store.close()
})

test('a settled command’s response URL is forgotten: whoever has it may answer in Slack', async () => {
  const store = await openAt(file, clock)
  const responseUrl = 'https://hooks.slack.com/commands/T/1/x'
  await store.accept(
    {
      trigger: 't',
      actor: 'U01ALICE',
      text: 'app',
      channel: undefined,
      responseUrl,
      receivedAt: 1,
    },
    'bot:1',
  )
  await store.settle('t', 'bot:1')
  expect(withSql('SELECT response_url FROM commands')).toEqual([{ response_url: null }])
  await store.close()
})

describe('F3: while another process writes', () => {
  test('everything waits its turn, this process goes on, and what was answered is really there', async () => {
    const store = await openAt(file, clock)
    const other = new Database(file, { timeout: 0 })
    other.exec('BEGIN IMMEDIATE')
    const made = Promise.all(['d1', 'd2', 'd3'].map(id => store.create(newDeployment(id, { service: id }))))
    // Far more turns of the event loop than a blocked process could have had.
    for (let turns = 0; turns < 50; turns++) await new Promise(resolve => setTimeout(resolve, 4))
    other.exec('COMMIT')
    await made
    // libsql alone would lose these writes: see LibsqlDriver.
    expect(other.prepare('SELECT id FROM deployments ORDER BY sequence').all([])).toEqual([
      { id: 'd1' },
      { id: 'd2' },
      { id: 'd3' },
    ])
    other.exec('BEGIN IMMEDIATE')
    other.exec('ROLLBACK')
    other.close()
    await store.close()
  })

  test('a write that the database refuses leaves nothing behind and does not disturb the next', async () => {
    const store = await openAt(file, clock)
    await store.create(newDeployment('d1'))
    await expect(store.create(newDeployment('d1', { trigger: 'another' }))).rejects.toThrow('UNIQUE')
    const saving = new Promise((resolve, reject) =>
      store.messages.takeTurns('bot:1', turn =>
        turn.save({ ...told, deployment: 'not-there' }).then(resolve, reject),
      ),
    )
    await expect(saving).rejects.toThrow('FOREIGN KEY')
    await store.create(newDeployment('d2'))
    const other = await openAt(file, clock)
    expect((await other.unfinished()).map(({ id, sequence }) => [id, sequence])).toEqual([
      ['d1', 1],
      ['d2', 2],
    ])
    expect(await other.doneBy('another')).toBeUndefined()
    await other.close()
    await store.close()
  })
})

test('closing leaves one file that opens again', async () => {
  const store = await openAt(file, clock)
  await store.create(newDeployment('d1'))
  await store.close()
  const again = await openAt(file, clock)
  expect((await again.find('d1'))?.id).toBe('d1')
  await again.close()
  expect(await readdir(dirname(file))).toContain(basename(file))
})

test.each([
  [0xef53, undefined],
  [0x01021994, undefined],
  [0x9123683e, undefined],
  [0x6969, 'NFS'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
])('F6: filesystem %i is %s', (type, network) => {
  expect(networkFilesystem(type)).toBe(network)
})

const told: Told = {
  deployment: 'd1',
  channel: undefined,
  parent: undefined,
  lines: 0,
  final: false,
  reposted: false,
  barred: [],
  done: false,
}

async function refusal(): Promise<StoreRefused> {
  try {
    await (await openAt(file, clock)).close()
  } catch (error) {
    if (error instanceof StoreRefused) return error
    throw error
  }
  throw new Error('It was not refused.')
}

/** Our own database with enough in it to fill some pages, everything of it in the one file. */
async function filled(): Promise<string> {
  const store = await openAt(file, clock)
  for (let n = 0; n < 20; n++) {
    await store.create(newDeployment(`d${n}`))
    await store.append(`d${n}`, { kind: 'cancel-asked', by: 'x'.repeat(3_000) })
  }
  await store.close()
  withSql('PRAGMA wal_checkpoint(TRUNCATE)')
  return file
}

async function flipBytes(path: string): Promise<void> {
  const bytes = await readFile(path)
  for (let page = 1; page * 4096 < bytes.length; page++) bytes.fill(0xff, page * 4096, page * 4096 + 64)
  await writeFile(path, bytes)
}

function withSql(text: string): readonly unknown[] {
  const database = new Database(file, { timeout: 1_000 })
  try {
    const statement = database.prepare(text)
    if (statement.reader) return statement.all([])
    statement.run([])
    return []
  } finally {
    database.close()
  }
}
