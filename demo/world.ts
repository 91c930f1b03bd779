import { join } from 'node:path'
import { type Bot, startBot } from './bot.ts'
import { filesOf, IMAGE, MOUNT, SERVICE } from './configuration.ts'
import { layGround } from './ground.ts'
import { type SampleHost, startHost } from './hosts/host.ts'
import { FIRST_STAGING, FIRST_TAG } from './service/history.ts'
import { makeRepository } from './service/repository.ts'
import type { LocalSlack } from './slack/local-slack.ts'
import { startLocalSlack } from './slack/server.ts'
import { CHANNELS, USERS } from './tour/cast.ts'

/** Everything of the demo but the page: a Slack, three hosts that serve an older commit, and the bot. */
export interface World {
  readonly slack: LocalSlack
  readonly hosts: readonly SampleHost[]
  readonly files: Readonly<Record<string, string>>
  readonly bot: Bot
  stop(): Promise<void>
}

const HOSTS = [
  { name: 'web1', first: FIRST_TAG },
  { name: 'web2', first: FIRST_TAG },
  { name: 'stage1', first: FIRST_STAGING },
]

/** All that it writes is below the folder, and all that it starts has the folder's name in its environment. */
export async function startWorld(folder: string): Promise<World> {
  const { marker, repository, repo, path, publicKey, keyFile, tokens, env } = layGround(folder)
  const [hosts, slack] = await Promise.all([
    Promise.all(HOSTS.map(({ name }) => startHost(name, join(folder, name), publicKey, marker))),
    startLocalSlack({
      team: { id: 'T01DEMO', name: 'Touchdown demo' },
      users: USERS,
      channels: CHANNELS,
      tokens,
    }),
    makeRepository(repository, env, Date.now()),
  ])
  const channel = CHANNELS[0]?.id ?? ''
  const files = filesOf({ tokens, hosts, apiUrl: slack.apiUrl, keyFile, repo, path, channel })
  const [bot] = await Promise.all([
    startBot({ folder: join(folder, 'bot'), files, slack, marker }),
    ...hosts.map((host, index) => host.run(firstDeploy(repo, path, host.name, HOSTS[index]?.first ?? ''))),
  ])
  return {
    slack,
    hosts,
    files,
    bot,
    async stop() {
      await bot.stop()
      await Promise.all([slack.close(), ...hosts.map(host => host.close())])
    },
  }
}

/** What stands on a host before Touchdown comes: a checkout and a container, made by hand. Later commits are for it to fetch. */
export function firstDeploy(repo: string, path: string, host: string, first: string): string {
  return `
    git -c advice.detachedHead=false clone -q --single-branch --branch ${first} '${repo}' '${path}'
    git -C '${path}' rev-parse HEAD >'${path}/REVISION'
    echo /REVISION >>'${path}/.git/info/exclude'
    docker pull ${IMAGE} >/dev/null
    docker run -d --name ${SERVICE} --restart unless-stopped -P -e HOST_NAME=${host} -v '${path}:${MOUNT}' ${IMAGE} >/dev/null`
}
