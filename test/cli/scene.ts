import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { onTestFinished } from 'vitest'
import { startLocalSlack } from '../../demo/slack/server.ts'
import { start } from '../../src/cli/start.ts'
import { openRecords } from '../../src/cli/wire.ts'
import type { Config, Settings } from '../../src/config/config.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { testFolder } from '../folder.ts'
import { settingsFor, team } from '../slack/telling-world.ts'

const KEY = {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
} as const

/** The whole bot in this process, with a local Slack and with records that an earlier bot left. */
export async function scene(
  before: (store: OpenStore) => Promise<unknown> = async () => {},
  database?: Settings['database'],
) {
  const slack = await startLocalSlack(team)
  onTestFinished(() => slack.close())
  const folder = testFolder('start')
  process.env['XDG_CACHE_HOME'] = folder
  const { privateKey } = generateKeyPairSync('rsa', KEY)
  writeFileSync(join(folder, 'key'), privateKey, { mode: 0o600 })
  const settings: Settings & { slack: NonNullable<Settings['slack']> } = {
    slack: settingsFor(slack.apiUrl),
    configFile: 'touchdown.yml',
    sshKeyFile: join(folder, 'key'),
    gitKeyFile: undefined,
    knownHostsFile: join(folder, 'known_hosts'),
    database: database ?? { kind: 'sqlite', file: join(folder, 'touchdown.db') },
    logLevel: 'silent',
    healthPort: undefined,
    deafLimitMs: undefined,
  }
  const records = async <T>(use: (store: OpenStore) => Promise<T>): Promise<T> => {
    const store = await openRecords(settings)
    return use(store).finally(() => store.close())
  }
  await records(before)

  const config: Config = { channel: 'C01GEN', hosts: new Map(), services: new Map() }
  let stop = (): void => {}
  const stopped = new Promise<void>(resolve => {
    stop = resolve
  })
  const logged: string[] = []
  const run = (
    changes: { healthPort?: number; deafLimitMs?: number; shutdownMs?: number; stopped?: Promise<void> } = {},
  ) =>
    start({
      config,
      settings: { ...settings, healthPort: changes.healthPort, deafLimitMs: changes.deafLimitMs },
      log: pino({ level: 'info' }, { write: line => void logged.push(line) }),
      stopped: changes.stopped ?? stopped,
      ...(changes.shutdownMs === undefined ? {} : { shutdownMs: changes.shutdownMs }),
    })
  const connected = () => slack.waitFor(({ openConnections }) => openConnections > 0, 10_000)
  return { slack, run, stop, connected, records, logged }
}
