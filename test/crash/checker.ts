import type { Message } from '../../demo/slack/shapes.ts'
import { breaches, unapproved } from '../e2e/journal.ts'
import type { Row } from './world.ts'

/** All that can be seen from outside when everything is quiet. */
export interface Seen {
  readonly said: readonly SaidCommand[]
  readonly commands: readonly Row[]
  readonly deployments: readonly Row[]
  readonly events: readonly Row[]
  readonly told: readonly Row[]
  readonly audit: readonly Row[]
  /** What the bot has posted. */
  readonly messages: readonly Shown[]
  /** What each person has been answered for themselves. */
  readonly answers: ReadonlyMap<string, readonly string[]>
  readonly journals: ReadonlyMap<string, readonly string[]>
  readonly serving: ReadonlyMap<string, string | undefined>
  /** So many may be there twice, for the bot died while it sent them. */
  readonly twice: { readonly messages: number; readonly answers: number }
}

export type Shown = Pick<Message, 'ts' | 'thread_ts' | 'broadcast' | 'text' | 'blocks'>

export interface SaidCommand {
  readonly what: string
  readonly by: string
  readonly at: number
  readonly on: string | undefined
  readonly trigger: string | undefined
  readonly isAcknowledged: boolean
}

/** Sentences about what must not be; none: nothing was lost, and nothing was done twice. */
export function wrongIn(seen: Seen): readonly string[] {
  return [
    ...commandsWrong(seen),
    ...seen.deployments.flatMap(deployment => deploymentWrong(seen, deployment)),
    ...messagesWrong(seen),
    ...hostsWrong(seen),
  ]
}

function commandsWrong({ said, commands, deployments, answers, twice }: Seen): readonly string[] {
  const recorded = new Map(commands.map(row => [String(row['trigger_id']), row]))
  const known = new Set(said.map(({ trigger }) => trigger))
  const lost = said.filter(({ trigger, isAcknowledged }) => isAcknowledged && !recorded.has(trigger ?? ''))
  const open = commands.filter(row => row['settled_at'] === null)
  const foreign = commands.filter(row => !known.has(String(row['trigger_id'])))
  const deployed = new Set(deployments.map(row => String(row['trigger_id'])))
  const wrong = [...new Set(said.map(({ by }) => by))].flatMap(person => {
    const owed = said.filter(
      ({ by, on, trigger }) =>
        by === person && on === undefined && recorded.has(trigger ?? '') && !deployed.has(trigger ?? ''),
    ).length
    const got = answers.get(person)?.length ?? 0
    return got < owed ? [`${person} got ${got} answers to ${owed} commands`] : []
  })
  const all = [...answers.values()].flat()
  const most = commands.length - deployed.size + twice.answers
  return [
    ...lost.map(({ what }) => `"${what}" was acknowledged and is not in the records`),
    ...open.map(row => `the command ${row['trigger_id']} is not settled`),
    ...foreign.map(row => `nobody said the command ${row['trigger_id']}`),
    ...wrong,
    ...(all.length > most
      ? [`${all.length} answers were given where ${most} are the most, of the last: ${all.slice(-4)}`]
      : []),
  ]
}

const ENDINGS = new Set([
  'succeeded',
  'failed',
  'partial',
  'interrupted',
  'cancelled',
  'rejected',
  'expired',
  'void',
])

function deploymentWrong({ events, audit }: Seen, { id, status, events: counted }: Row): readonly string[] {
  const own = events
    .filter(row => row['deployment_id'] === id)
    .map(row => ({ n: Number(row['n']), ...eventIn(row) }))
  const kinds = own.map(({ kind }) => kind)
  const count = (wanted: string) => kinds.filter(kind => kind === wanted).length
  const endedAt = kinds.indexOf('ended')
  const fences = own.flatMap(({ fence }) => fence ?? [])
  const after = kinds
    .slice(endedAt + 1)
    .filter(kind => !['withdrawn', 'offered', 'changes', 'ended'].includes(kind))
  const found = [
    ENDINGS.has(String(status)) ? '' : `is ${status}`,
    own.every(({ n }, index) => n === index + 1) && own.length === Number(counted)
      ? ''
      : `has ${own.length} of ${counted} events`,
    count('ended') === 1 ? '' : `has ended ${count('ended')} times`,
    count('started') <= 1 + count('answered') ? '' : 'was started twice',
    endedAt >= 0 && after.length > 0 ? `went on after its end: ${after}` : '',
    fences.every((fence, index) => fence > (fences[index - 1] ?? 0))
      ? ''
      : `was run under the fences ${fences}`,
    audit.some(row => String(row['detail']).includes(String(id))) ? '' : 'is in no audit',
  ]
  return found.filter(Boolean).map(what => `the deployment ${id} ${what}: ${kinds}`)
}

function eventIn(row: Row): { readonly kind: string; readonly fence?: number } {
  return JSON.parse(String(row['event_json']))
}

function messagesWrong({ deployments, told, messages, twice }: Seen): readonly string[] {
  const places = new Map(told.map(row => [String(row['deployment_id']), String(row['parent'])]))
  const parents = messages.filter(({ thread_ts }) => thread_ts === undefined)
  const untold = deployments.filter(({ id }) => !parents.some(({ ts }) => ts === places.get(String(id))))
  const silent = deployments.filter(
    ({ id }) => !messages.some(each => each.broadcast && each.thread_ts === places.get(String(id))),
  )
  const open = parents.filter(({ text }) => !ENDED.test(text))
  const broadcasts = messages.filter(({ broadcast }) => broadcast).length
  const double = parents.length + broadcasts - 2 * deployments.length + repeatedReplies(messages)
  return [
    ...untold.map(({ id }) => `the deployment ${id} has no message`),
    ...silent.map(({ id }) => `the end of the deployment ${id} was not announced`),
    ...(open.length > twice.messages ? open.map(({ text }) => `a message shows no end: ${text}`) : []),
    ...(double > twice.messages ? [`${double} messages stand twice, where ${twice.messages} may`] : []),
  ]
}

const ENDED = /succeeded|failed|ended partly|interrupted|cancelled|rejected|expired|not approved|void/

function repeatedReplies(messages: readonly Shown[]): number {
  const replies = messages.filter(({ thread_ts, broadcast }) => thread_ts !== undefined && !broadcast)
  const different = new Set(
    replies.map(reply => `${reply.thread_ts} ${reply.text} ${JSON.stringify(reply.blocks)}`),
  )
  return replies.length - different.size
}

function hostsWrong({ journals, deployments, told, said, serving }: Seen): readonly string[] {
  const presses = said.filter(({ what }) => what === 'approve')
  const approvals = deployments
    .filter(row => row['order_hash'] !== null)
    .map(({ id }) => {
      const parent = told.find(row => row['deployment_id'] === id)?.['parent']
      const first = presses.find(({ on }) => on === parent)
      return [String(id), first && new Date(first.at).toISOString()] as const
    })
  const last = deployments.at(-1)
  const isProved = last?.['status'] === 'succeeded'
  const { hosts, revision } = isProved ? JSON.parse(String(last['order_json'])) : { hosts: [], revision: '' }
  const strays = hosts.filter(({ name }: { name: string }) => serving.get(name) !== revision)
  return [
    ...breaches(journals),
    ...unapproved(journals, new Map(approvals)),
    ...strays.map(
      ({ name }: { name: string }) =>
        `${name} serves ${serving.get(name)}, and ${last?.['id']} says ${revision}`,
    ),
  ]
}
