import pg from 'pg'
import type { LocalSlack } from '../../../demo/slack/local-slack.ts'
import type { Checkout, Evidence, Said, Told } from '../../chaos/findings.ts'
import type { Played } from './play.ts'
import { channelOf, type Stage } from './stage.ts'

/** As it is now. `journals`: the lines since the stage was set. */
export async function gather(
  stage: Stage,
  { said }: Pick<Played, 'said'>,
  journals: () => Evidence['journals'],
): Promise<Evidence> {
  return {
    commands: said.map(each => ({ ...each, answers: answersTo(stage.slack, each.by) })),
    told: stage.services.flatMap((_, service) => toldIn(stage.slack, channelOf(service))),
    journals: journals(),
    checkouts: await Promise.all(
      stage.services.flatMap(service =>
        service.hosts.map(async (host): Promise<Checkout> => {
          const log = await host.asDeploy(`git -C ${service.path} reflog --format=%H HEAD`)
          return { host: host.name, service: service.name, revisions: log.trim().split('\n').reverse() }
        }),
      ),
    ),
  }
}

/** What the bots' records still owe: to wait for, not to judge by. Undefined while they cannot be asked. */
export async function owed(databaseUrl: string): Promise<number | undefined> {
  const client = new pg.Client(databaseUrl)
  try {
    await client.connect()
    const { rows } = await client.query<{ owed: string }>(`
      SELECT (SELECT count(*) FROM commands WHERE settled_at IS NULL)
        + (SELECT count(*) FROM deployments WHERE status IN ('queued', 'running')) AS owed`)
    return Number(rows[0]?.owed)
  } catch {
    return undefined
  } finally {
    await client.end().catch(() => {})
  }
}

/** What the bot told this person alone; Slack's own errors are none. */
function answersTo(slack: LocalSlack, user: string): Said['answers'] {
  const shown = slack.ephemerals(user).filter(({ via }) => via !== 'slack')
  return [...shown, ...slack.messages(user)].map(({ text }) => text)
}

function toldIn(slack: LocalSlack, channel: string): readonly Told[] {
  const messages = slack.messages(channel)
  return messages.flatMap(parent => {
    if (parent.thread_ts !== undefined) return []
    const { deployment = '' } = payloadOf(parent.metadata)
    const ends = messages.filter(reply => reply.thread_ts === parent.ts && reply.broadcast)
    // The headline may name who cancelled it; the line of facts begins with who asked.
    const [, by = ''] = /"by <@(\w+)>/.exec(JSON.stringify(parent.blocks)) ?? []
    return [{ deployment, by, parent: parent.text, ends: ends.map(({ text }) => text) }]
  })
}

function payloadOf(metadata: unknown): { readonly deployment?: string } {
  const { event_payload: payload = {} } = (metadata ?? {}) as { event_payload?: { deployment?: string } }
  return payload
}
