import pg from 'pg'
import type { LocalSlack } from '../../../demo/slack/local-slack.ts'
import type { Message } from '../../../demo/slack/shapes.ts'
import type { Checkout, Evidence, Said, Told } from '../../chaos/findings.ts'
import type { Played } from './play.ts'
import { channelOf, type Stage } from './stage.ts'

/** As it is now. `journals`: the lines since the stage was set. */
export async function gather(
  stage: Stage,
  { said, presses }: Pick<Played, 'said' | 'presses'>,
  journals: () => Evidence['journals'],
): Promise<Evidence> {
  return {
    commands: said.map(each => ({ ...each, answers: answersTo(stage.slack, each.by) })),
    told: stage.services.flatMap((_, service) => toldIn(stage.slack, channelOf(service))),
    presses: presses.map(each => ({ ...each, answers: answersTo(stage.slack, each.by).filter(isAnswer) })),
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
        + (SELECT count(*) FROM deployments WHERE status IN ('awaiting', 'queued', 'running', 'stalled')) AS owed`)
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
    const replies = messages.filter(reply => reply.thread_ts === parent.ts)
    const ends = replies.filter(({ broadcast }) => broadcast).map(({ text }) => text)
    const text = [parent, ...replies].map(({ text, blocks }) => text + JSON.stringify(blocks)).join('\n')
    return [{ ...toldOf(parent), parent: parent.text, ends, text }]
  })
}

/** What a message is about. */
export function toldOf({ metadata, blocks }: Message): Pick<Told, 'deployment' | 'by'> {
  const { deployment = '' } = payloadOf(metadata)
  // The headline may name who cancelled it; the line of facts begins with who asked.
  const [, by = ''] = /"by <@(\w+)>/.exec(JSON.stringify(blocks)) ?? []
  return { deployment, by }
}

/** Where a deployment is told is no answer to a press on its message. */
function isAnswer(text: string): boolean {
  return !text.startsWith('The deployment of ')
}

function payloadOf(metadata: unknown): { readonly deployment?: string } {
  const { event_payload: payload = {} } = (metadata ?? {}) as { event_payload?: { deployment?: string } }
  return payload
}
