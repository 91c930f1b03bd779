import type { Command } from '../command.ts'
import type { Config, Target } from '../config/config.ts'
import type { Deployment, Origin } from '../deployment.ts'
import { record } from '../run/record.ts'
import type { Bot } from './bot.ts'

/** The channel of the service, else the one in which it was asked for, else the one for all. The publisher tries the next where it is not let in. */
export function originOf(target: Target, command: Command, config: Config): Origin {
  const channel = target.channel ?? command.channel ?? config.channel
  return channel === undefined ? { kind: 'cli' } : { kind: 'slack', channel }
}

/** Which commits a deployment brings, as the mirror has them without asking its server: for people, so no deployment waits for it. */
export async function tellChanges(bot: Bot, deployment: Deployment): Promise<void> {
  try {
    const { target, repo, revision } = deployment.order
    const before = await bot.store.latest(target, 'succeeded')
    const changes = await bot.mirrors.changes(repo, before?.order.revision, revision)
    await record(bot, deployment, { kind: 'changes', changes })
  } catch (error) {
    bot.problem('the commits of a deployment could not be listed', error)
  }
}
