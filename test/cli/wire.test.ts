import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { CLOCK, newId, worldOf } from '../../src/cli/wire.ts'
import { readSettings } from '../../src/config/settings.ts'
import { NEVER } from '../../src/run/stop.ts'
import { type OpenStore, openStore } from '../../src/store/store.ts'
import { fakeHosts } from '../fakes/hosts.ts'
import { testFolder } from '../folder.ts'
import { OLD } from '../plan/orders.ts'
import { configOf } from '../policy/configs.ts'

it('G8: the password of DATABASE_URL is struck out of what people read, encoded or not', async () => {
  const read = readSettings({ DATABASE_URL: 'postgres://bot:pa%2Fss%20word@db/records' }, { slack: false })
  if ('problems' in read) throw new Error('it is a right one')
  expect(JSON.stringify(read.settings.database)).not.toContain('word')
  const store = await opened()
  const { secrets } = worldOf({
    config: configOf(),
    settings: read.settings,
    store,
    hosts: fakeHosts(OLD),
    teller: { tell: () => {} },
    log: pino({ level: 'silent' }),
  })
  expect(secrets).toEqual(expect.arrayContaining(['pa%2Fss%20word', 'pa/ss word']))
})

it('any number of hosts may listen for the end of the process, without a warning', async () => {
  const read = readSettings({}, { slack: false })
  if ('problems' in read) throw new Error('no settings are wrong ones')
  const store = await opened()
  const over = new AbortController()
  const { stop } = worldOf({
    config: configOf(),
    settings: read.settings,
    store,
    hosts: fakeHosts(OLD),
    teller: { tell: () => {} },
    log: pino({ level: 'silent' }),
    stop: { asked: NEVER.asked, over: over.signal },
  })
  const warnings: string[] = []
  const warned = ({ message }: Error) => void warnings.push(message)
  process.on('warning', warned)
  onTestFinished(() => void process.off('warning', warned))
  const pauses = Array.from({ length: 50 }, () => sleep(60_000, undefined, { signal: stop.over }))
  await nextTurn()
  over.abort()
  await Promise.allSettled(pauses)
  expect(warnings).toEqual([])
})

async function opened(): Promise<OpenStore> {
  const file = join(testFolder('wire'), 'touchdown.db')
  const store = await openStore({ file, clock: CLOCK, newId })
  onTestFinished(() => store.close())
  return store
}
