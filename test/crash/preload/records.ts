import Database from 'libsql'
import pg from 'pg'
import { around } from './around.ts'
import { after, before } from './effects.ts'

/** Names every COMMIT after what the transaction has written. What only reads has no effect. */

/** What a transaction has written so far, by its connection. */
const written = new WeakMap<object, Set<string>>()

function hear(connection: object, sql: unknown, values: unknown): void {
  const write = typeof sql === 'string' ? writeOf(sql, Array.isArray(values) ? values : []) : undefined
  if (write !== undefined) written.get(connection)?.add(write)
}

/** `+` a row is added, `~` one is changed, `-` one is removed, `#` a number is drawn. */
function writeOf(sql: string, values: readonly unknown[]): string | undefined {
  const [, verb = '', table = ''] = /^(insert into|update|delete from) "(\w+)"/.exec(sql) ?? []
  switch (verb) {
    case 'insert into':
      return table === 'events' ? `event ${kindOf(values)}` : `+${table}`
    case 'update':
      return table === 'counters' ? `#${values.at(-1)}` : `~${table}${meantBy(sql)}`
    case 'delete from':
      return `-${table}`
    default:
      return undefined
  }
}

/** What is another effect than the table's other changes. */
function meantBy(sql: string): string {
  if (/"resumes" = /.test(sql)) return ' resumes'
  return /"settled_at" = /.test(sql) ? ' settled' : ''
}

function kindOf(values: readonly unknown[]): string {
  const json = values.find(value => typeof value === 'string' && value.startsWith('{"kind":'))
  return typeof json === 'string' ? JSON.parse(json).kind : 'of no kind'
}

function commitOf(connection: object): string | undefined {
  const writes = [...(written.get(connection) ?? [])].toSorted()
  written.delete(connection)
  if (writes.length === 0) return undefined
  // What follows from an event is written with it.
  const events = writes.filter(write => write.startsWith('event '))
  return `record ${(events.length > 0 ? events : writes).join(' ')}`
}

around(Database.prototype, 'exec', (call, connection, [sql]) => {
  if (typeof sql !== 'string') return call()
  if (sql.startsWith('BEGIN')) written.set(connection, new Set())
  const name = sql === 'COMMIT' ? commitOf(connection) : undefined
  if (name === undefined) return call()
  before(name)
  const done = call()
  after(name)
  return done
})

around(Database.prototype, 'prepare', (call, connection, [sql]) => {
  const statement = call()
  if (typeof statement !== 'object' || statement === null) return statement
  for (const method of ['run', 'all'])
    around(statement, method, (call, _, [values]) => {
      hear(connection, sql, values)
      return call()
    })
  return statement
})

around(pg.Client.prototype, 'query', (call, connection, [sql, values]) => {
  if (typeof sql === 'string' && sql.startsWith('BEGIN')) written.set(connection, new Set())
  hear(connection, sql, values)
  const name = sql === 'COMMIT' ? commitOf(connection) : undefined
  if (name === undefined) return call()
  before(name)
  return Promise.resolve(call()).then(found => {
    after(name)
    return found
  })
})
