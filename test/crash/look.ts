import { z } from 'zod'
import type { LocalSlack } from '../../demo/slack/local-slack.ts'
import type { Seen } from './checker.ts'
import type { World } from './world.ts'

/** Everything that can be seen from outside now. */
export async function look(world: World, twice: Seen['twice']): Promise<Seen> {
  const { slack, channel, said, hosts, people } = world
  const table = (name: string, order: string) => world.rows(`SELECT * FROM ${name} ORDER BY ${order}`)
  const ofHosts = async <T>(ask: (host: World['hosts'][number]) => Promise<T>) =>
    new Map(await Promise.all(hosts.map(async host => [host.name, await ask(host)] as const)))
  return {
    said: said.map(({ outcome, ...rest }) => ({
      ...rest,
      trigger: typeof outcome === 'object' ? triggerOf(slack, outcome.triggerId) : undefined,
      isAcknowledged: typeof outcome === 'object' && outcome.status === 'acked',
    })),
    commands: await table('commands', 'received_at'),
    deployments: await table('deployments', 'sequence'),
    events: await table('events', 'deployment_id, n'),
    told: await table('told', 'deployment_id'),
    audit: await table('audit', 'n'),
    messages: slack.messages(channel).filter(({ via }) => via === 'chat.postMessage'),
    answers: new Map(
      Object.values(people).map(id => [
        id,
        slack.ephemerals(id).flatMap(({ via, text }) => (via === 'slack' ? [] : text)),
      ]),
    ),
    journals: await ofHosts(host => host.journal()),
    serving: await ofHosts(host => host.serves()),
    twice,
  }
}

/** What the bot knows it by: of a press, whose and of which button of which message it was. */
function triggerOf({ envelopes }: LocalSlack, id: string): string {
  const payload = envelopes.find(envelope => envelope.payload['trigger_id'] === id)?.payload
  const press = PRESS.safeParse(payload)
  if (!press.success) return id
  const { channel, message, user, actions } = press.data
  return `${channel.id}:${message.ts}:${actions[0]?.action_ts}:${user.id}`
}

const PRESS = z.object({
  channel: z.object({ id: z.string() }),
  message: z.object({ ts: z.string() }),
  user: z.object({ id: z.string() }),
  actions: z.array(z.object({ action_ts: z.string() })),
})
