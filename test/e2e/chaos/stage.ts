import type { LocalSlack } from '../../../demo/slack/local-slack.ts'
import { type Cable, cableTo } from '../../postgres/cable.ts'
import { type PostgresServer, startPostgres, urlOf } from '../../postgres/server.ts'
import { startBot } from '../bot.ts'
import type { RigHost } from '../rig/host.ts'
import type { Rig } from '../rig/rig.ts'
import type { RigService } from '../rig/service.ts'
import { keptUp, type Replica } from './replica.ts'

/** Real hosts, a real PostgreSQL, real bots at the end of a cable each, and a Slack: all of it can be broken and mended. */
export interface Stage {
  readonly slack: LocalSlack
  readonly replicas: readonly Replica[]
  readonly cables: readonly Cable[]
  readonly database: PostgresServer
  readonly databaseUrl: string
  readonly hosts: readonly RigHost[]
  readonly services: readonly RigService[]
  stop(): Promise<void>
}

/** Which of the rig's hosts each service is on. */
const HOSTS_OF = [[0, 1], [2, 3], [0, 1, 2, 3], [1], [3]] as const
export const SERVICES = HOSTS_OF.length
const FIRST_PORT = 8970

/** Each service is told in a channel of its own: Slack takes about one message a second in one. */
export function channelOf(service: number): string {
  return `C7CHAOS${service}`
}

/** Everybody types one command. */
export function personOf(command: number): string {
  return `U7CHAOS${command}`
}

/** Everybody decides about the deployment of one command. */
export function approverOf(command: number): string {
  return `U7JUDGE${command}`
}

export async function setStage(
  rig: Rig,
  { replicas: count, people }: { readonly replicas: number; readonly people: number },
): Promise<Stage> {
  const [database, services] = await Promise.all([startPostgres(), servicesOn(rig)])
  const databaseUrl = urlOf(database.address, 'postgres')
  const cables = await Promise.all(Array.from({ length: count }, () => cableTo(database.address)))
  const urls = cables.map(cable => urlOf(cable.address, 'postgres'))
  const everybody = Array.from({ length: people }, (_, n) => n)
  const [deployers, approvers] = [everybody.map(personOf), everybody.map(approverOf)]
  const bot = await startBot({
    rig,
    services,
    changes: Object.fromEntries(
      services.map(({ name }, index) => [name, { deployers, approvers, channel: channelOf(index) }]),
    ),
    ...(urls[0] && { databaseUrl: urls[0] }),
  })
  for (const index of services.keys())
    bot.slack.setChannel({ id: channelOf(index), name: `chaos-${index}`, has_bot: true })
  for (const id of [...deployers, ...approvers]) bot.slack.setUser({ id, name: id.toLowerCase() })
  const others = await Promise.all(urls.slice(1).map(url => bot.another({ DATABASE_URL: url })))
  const replicas = [bot, ...others].map(keptUp)
  return {
    slack: bot.slack,
    replicas,
    cables,
    database,
    databaseUrl,
    hosts: rig.hosts,
    services,
    async stop() {
      await Promise.all(replicas.map(replica => replica.leave()))
      await bot.stop()
      for (const cable of cables) cable.close()
      await database.stop()
    },
  }
}

function servicesOn(rig: Rig): Promise<readonly RigService[]> {
  return Promise.all(
    HOSTS_OF.map((places, index) => {
      const hosts = places.flatMap(place => rig.hosts[place] ?? [])
      return rig.service(`chaos-${index}`, { hosts, port: FIRST_PORT + index })
    }),
  )
}
