import { breaches, isTurn, type Span, spansIn } from '../e2e/journal.ts'
import { ignored, type Pressed, unasked } from './presses.ts'

/** What people, Slack and the hosts saw. Nothing in it is from the bots' records. */
export interface Evidence {
  readonly commands: readonly Said[]
  readonly told: readonly Told[]
  readonly presses: readonly Pressed[]
  /** Lines by host. */
  readonly journals: ReadonlyMap<string, readonly string[]>
  readonly checkouts: readonly Checkout[]
}

/** One command as its asker saw it. */
export interface Said {
  /** Everybody says one thing only, so that whoever is named in a message tells which command it is of. */
  readonly by: string
  /** Undefined: it orders nothing on hosts. */
  readonly order:
    | {
        readonly service: string
        readonly revision: string
        readonly hosts: readonly string[]
        /** With new containers: somebody else has to approve it. */
        readonly isFull: boolean
      }
    | undefined
  /** `refused`: nothing was started, the asker read. `unknown`: that it is not known, or that Slack got no answer. */
  readonly was: 'accepted' | 'refused' | 'unknown'
  /** What the asker alone read after that. */
  readonly answers: readonly string[]
}

/** One message of a deployment with its thread. */
export interface Told {
  readonly deployment: string
  readonly by: string
  readonly parent: string
  /** Replies that were also sent to the channel: the end. */
  readonly ends: readonly string[]
  /** All that can be read in it. */
  readonly text: string
}

/** What a host's git remembers of a checkout: every commit that was there, oldest first. */
export interface Checkout {
  readonly host: string
  readonly service: string
  readonly revisions: readonly string[]
}

/** Sentences about what must never be, whatever went wrong meanwhile. */
export interface Findings {
  /** Accepted, and never answered or brought to an end. */
  readonly lost: readonly string[]
  /** One command, and two of what comes of it. */
  readonly doubled: readonly string[]
  /** What nobody ordered or approved, what stands beside something else, what is told and is not so. */
  readonly violations: readonly string[]
}

/** All is well when none is there. Asked when everything is quiet. */
export function findings(evidence: Evidence): Findings {
  const spans = spansIn(evidence.journals)
  const orders = evidence.commands.flatMap(said => orderOf(said, evidence) ?? [])
  return {
    lost: [
      ...evidence.commands.flatMap(said => lost(said, evidence)),
      ...orders.flatMap(untold),
      ...ignored(evidence),
    ],
    doubled: [...orders.flatMap(doubled), ...repeated(spans)],
    violations: [
      ...orders.flatMap(order => [...refused(order), ...contradicted(order, evidence, spans)]),
      ...unordered(evidence, orders, spans),
      ...unasked(evidence, spans),
      ...breaches(evidence.journals),
    ],
  }
}

export function allOf({ lost, doubled, violations }: Findings): readonly string[] {
  return [...lost, ...doubled, ...violations]
}

/** How many messages and ends stand more than once: what was posted in the instant of a crash may. */
export function twice({ told }: Evidence): number {
  const ends = [...byDeployment(told).values()].map(
    messages => messages.flatMap(message => message.ends).length,
  )
  const messages = told.length - byDeployment(told).size
  return messages + ends.reduce((sum, count) => sum + Math.max(0, count - 1), 0)
}

/** A command that ordered something, and what became of it in Slack. */
interface Ordered {
  readonly name: string
  readonly said: Said
  readonly service: string
  readonly revision: string
  readonly hosts: readonly string[]
  /** By deployment. */
  readonly told: ReadonlyMap<string, readonly Told[]>
}

function orderOf(said: Said, { told }: Evidence): Ordered | undefined {
  if (!said.order) return undefined
  const ours = told.filter(({ by }) => by === said.by)
  return { name: nameOf(said), said, ...said.order, told: byDeployment(ours) }
}

function lost(said: Said, evidence: Evidence): readonly string[] {
  const order = orderOf(said, evidence)
  // Where a deployment is told is no answer when it is told nowhere.
  const answers = said.answers.filter(text => !text.startsWith('The deployment of '))
  if (said.was !== 'accepted' || (order && order.told.size > 0) || answers.length > 0) return []
  return [`${nameOf(said)} was accepted, and nothing is told of it`]
}

function doubled({ name, told }: Ordered): readonly string[] {
  const ends = [...told].map(
    ([deployment, messages]) => [deployment, new Set(messages.flatMap(message => message.ends))] as const,
  )
  return [
    ...(told.size > 1 ? [`${name} has ${told.size} deployments: ${[...told.keys()].join(', ')}`] : []),
    ...ends.flatMap(([deployment, texts]) =>
      texts.size > 1 ? [`${name}: ${deployment} has ${texts.size} ends: ${[...texts].join(' | ')}`] : [],
    ),
  ]
}

function refused({ name, said, told }: Ordered): readonly string[] {
  if (said.was !== 'refused') return []
  return [...told.keys()].map(deployment => `${name} was refused, and ${deployment} is told of`)
}

function untold({ name, told }: Ordered): readonly string[] {
  return [...told].flatMap(([deployment, messages]) => {
    if (messages.every(({ ends }) => ends.length === 0))
      return [`${name}: the end of ${deployment} is not told`]
    const isShown = messages.some(({ parent }) => ENDED.test(parent))
    return isShown ? [] : [`${name}: the message of ${deployment} does not show its end`]
  })
}

const ENDED =
  /succeeded|failed|ended partly|was interrupted|was cancelled|was given up|was rejected|was not approved/

/** What the end says of a host against what its git and its journal remember. */
function contradicted(order: Ordered, { checkouts }: Evidence, spans: readonly Span[]): readonly string[] {
  const { name, service, revision, hosts, told } = order
  return [...told].flatMap(([deployment, messages]) => {
    const [end = ''] = messages.flatMap(message => message.ends)
    return hosts.flatMap(host => {
      const has = checkouts.some(
        each => each.host === host && each.service === service && each.revisions.includes(revision),
      )
      const hadTurn = spans.some(span => span.host === host && span.deployment === deployment && isTurn(span))
      const claims = claimOf(end, host, revision)
      return [
        ...(claims === 'taken' && !has
          ? [`${name}: ${host} is said to have ${revision}, and never had it`]
          : []),
        ...(claims === 'taken' && !hadTurn
          ? [`${name}: ${host} is said to have ${revision} without a turn`]
          : []),
        ...(claims === 'untouched' && has
          ? [`${name}: ${host} is said to be as before, and had ${revision}`]
          : []),
      ]
    })
  })
}

function claimOf(end: string, host: string, revision: string): 'taken' | 'untouched' | undefined {
  const short = revision.slice(0, 7)
  if (/ succeeded: /.test(end)) return 'taken'
  if (new RegExp(`^${host}: (?:serves|reloaded with|has) ${short}`, 'm').test(end)) return 'taken'
  if (/ before any host took | was rejected | was given up before | was not approved in time/.test(end))
    return 'untouched'
  if (new RegExp(`^${host}: its turn did not come; what runs there is as before`, 'm').test(end))
    return 'untouched'
  return undefined
}

/** What hosts did that nobody ordered, or that was refused, or that nobody was told of. */
function unordered(
  { checkouts, told }: Evidence,
  orders: readonly Ordered[],
  spans: readonly Span[],
): readonly string[] {
  const known = new Set(told.map(({ deployment }) => deployment))
  const strangers = new Set(spans.map(({ deployment }) => deployment).filter(id => !known.has(id)))
  const may = new Set(orders.filter(({ said }) => said.was !== 'refused').map(({ revision }) => revision))
  return [
    ...[...strangers].map(id => `${id} acted on hosts, and nothing is told of it`),
    ...checkouts.flatMap(({ host, service, revisions: [, ...revisions] }) =>
      [...new Set(revisions)]
        .filter(revision => !may.has(revision))
        .map(revision => `${host}: ${service} had ${revision}, which nobody ordered`),
    ),
  ]
}

/** An order that switches a host twice: only another attempt may, and that comes with a fence of its own. */
function repeated(spans: readonly Span[]): readonly string[] {
  const turns = spans.filter(isTurn)
  const resets = spans.filter(({ step }) => step === 'reset' || step === 'swap')
  const seen = new Set<string>()
  return resets.flatMap(reset => {
    const turn = turns.find(
      turn =>
        turn.host === reset.host &&
        turn.deployment === reset.deployment &&
        turn.from <= reset.from &&
        reset.from < turn.to,
    )
    const key = `${reset.host} ${reset.deployment} ${reset.step} ${turn?.fence}`
    if (!seen.has(key)) {
      seen.add(key)
      return []
    }
    return [`${reset.host}: ${reset.step} of ${reset.deployment} ran twice with the fence ${turn?.fence}`]
  })
}

function byDeployment(told: readonly Told[]): ReadonlyMap<string, readonly Told[]> {
  const groups = new Map<string, Told[]>()
  for (const each of told) groups.set(each.deployment, [...(groups.get(each.deployment) ?? []), each])
  return groups
}

function nameOf({ by, order }: Said): string {
  return order ? `${by}'s ${order.service} ${order.revision.slice(0, 7)}` : `${by}'s command`
}
