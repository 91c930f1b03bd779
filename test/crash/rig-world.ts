import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { ALICE, CHANNEL, startBot } from '../e2e/bot.ts'
import { journalsFromNow } from '../e2e/journal.ts'
import type { RigHost } from '../e2e/rig/host.ts'
import type { Rig } from '../e2e/rig/rig.ts'
import type { RigService } from '../e2e/rig/service.ts'
import { urlOf } from '../postgres/server.ts'
import { environmentOf, type Host, type World } from './world.ts'

const BOB = 'U02BOB'

/** On PostgreSQL, with real hosts: one lane's service, in a database of its own. */
export async function startRigWorld(parts: {
  readonly rig: Rig
  readonly service: RigService
  readonly server: string
  /** Where the preload writes and reads. */
  readonly folder: string
  readonly program: string
}): Promise<World> {
  const { rig, service, server, folder, program } = parts
  const { name } = service
  const database = name.replaceAll('-', '_')
  await queryOn(urlOf(server, 'postgres'), `CREATE DATABASE ${database}`)
  const url = urlOf(server, database)
  const files = { log: join(folder, `${name}.log`), at: join(folder, `${name}.at`) }
  for (const file of [files.log, files.at]) writeFileSync(file, '')
  const bot = await startBot({
    rig,
    services: [service],
    changes: { [name]: { approvers: [BOB] } },
    databaseUrl: url,
    env: environmentOf(files),
    program,
  })
  let commits = 0
  return {
    slack: bot.slack,
    channel: CHANNEL,
    people: { deployer: ALICE, approver: BOB, guest: 'U03GUEST' },
    service: name,
    hosts: service.hosts.map(host => rigHost(host, service)),
    bot,
    folder: bot.folder,
    files,
    answer: 'leave',
    said: [],
    rows: query => queryOn(url, query),
    async lapse() {
      await queryOn(url, 'UPDATE leases SET held_until = 0')
      await queryOn(url, 'UPDATE commands SET lease_until = 0 WHERE settled_at IS NULL')
      await queryOn(url, "UPDATE deployments SET lease_until = 0 WHERE status = 'running'")
    },
    async commit() {
      rmSync(join(bot.folder, 'cache'), { recursive: true, force: true })
      const memos = `rm -f .touchdown/targets/${name}.production/mount.*`
      await Promise.all(service.hosts.map(host => host.asDeploy(memos)))
      commits += 1
      await service.recolour(`colour-${commits}`)
    },
    stop: bot.stop,
  }
}

function rigHost(host: RigHost, { port }: RigService): Host {
  const journals = journalsFromNow([host])
  return {
    name: host.name,
    journal: async () => journals().get(host.name) ?? [],
    serves: async () => (await host.http(port)).revision,
  }
}

async function queryOn(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}
