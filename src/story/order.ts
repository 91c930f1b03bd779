import type { Command } from '../command.ts'
import type { Target } from '../config/config.ts'
import type { DeployIntent, TypedRef } from '../intent/intent.ts'
import type { Order } from '../order.ts'
import { orderCode, orderSwap, type Surveyed } from '../plan/order.ts'
import { rebuiltFor } from '../policy/rebuild.ts'
import { type Place, withForgottenWord } from '../policy/target.ts'
import type { Resolution } from '../ports/mirrors.ts'
import { type Decision, type Refusal, refuse, yes } from '../refusal.ts'
import { type Revision, shortRevision } from '../revision.ts'
import { survey } from '../run/survey.ts'
import type { Bot } from './bot.ts'

export interface Ordered {
  readonly order: Order
  /** What was typed, or what the hosts have, for people. */
  readonly ref: string
  readonly pulled: Surveyed['pulled']
}

/** What a deploy comes to here and now: the ref's revision and, for a new container, the image's digest. */
export async function orderFor(
  bot: Bot,
  command: Command,
  place: Place,
  intent: DeployIntent,
): Promise<Decision<Ordered>> {
  const { as, ref } = intent
  if (as === 'container') return orderContainer(bot, command, place, ref)
  const { target, hosts } = place
  const resolved = await resolve(bot, target, ref ?? { kind: 'any', name: target.ref })
  if (resolved.kind === 'refused') return resolved
  const { shown, revision } = resolved.value
  if (as !== 'full') {
    const rebuilt = as === 'plain' && !intent.dryRun && (await needsContainer(bot, target, revision, intent))
    if (rebuilt) return refuse(rebuilt)
    return yes({ order: orderCode(target, hosts, resolved.value), ref: shown, pulled: undefined })
  }
  const found = await surveyed(bot, command, place, revision)
  if (found.kind === 'refused') return found
  const order = orderSwap('full', target, hosts, resolved.value, found.value)
  return yes({ order, ref: shown, pulled: found.value.pulled })
}

/** Code alone would run in a container that was made for other code. Without a success before it nobody can tell. */
async function needsContainer(
  { store, mirrors }: Bot,
  target: Target,
  revision: Revision,
  { service, ref, environment, hosts }: DeployIntent,
): Promise<Refusal | undefined> {
  const before = await store.latest(target, 'succeeded')
  if (!before || target.rebuildOn.length === 0) return undefined
  const from = before.order.revision
  if (from === revision) return undefined
  const files = rebuiltFor(await mirrors.changedFiles(target.repo, from, revision), target.rebuildOn)
  if (files.length === 0) return undefined
  const named = ref && (ref.kind === 'any' ? ref.name : `${ref.kind}:${ref.name}`)
  const words = [service, named, environment && `to ${environment}`, hosts && `on ${hosts.join(',')}`]
  return { reason: 'needs-container', typed: words.filter(word => word).join(' '), from, files }
}

/** The code stays, so its revision is the one that all hosts have; a ref can be typed where the image is named by it. */
async function orderContainer(
  bot: Bot,
  command: Command,
  place: Place,
  ref: TypedRef | undefined,
): Promise<Decision<Ordered>> {
  const { target, hosts } = place
  if (ref && !isNamedByRevision(target)) {
    return refuse({ reason: 'ref-with-container', service: target.service, ref: ref.name })
  }
  const typed = ref && (await resolve(bot, target, ref))
  if (typed?.kind === 'refused') return typed
  const found = await surveyed(bot, command, place, typed?.value.revision)
  if (found.kind === 'refused') return found
  const kept = checkedOut(place, found.value, typed?.value)
  if (kept.kind === 'refused') return kept
  const order = orderSwap('container', target, hosts, kept.value, found.value)
  return yes({ order, ref: kept.value.shown, pulled: found.value.pulled })
}

export function isNamedByRevision({ groups }: Pick<Target, 'groups'>): boolean {
  return groups.some(group => group.image.includes('{revision}'))
}

async function resolve(bot: Bot, target: Target, ref: TypedRef): Promise<Decision<Resolution>> {
  const resolved = await bot.mirrors.resolve(target, ref)
  return resolved.kind === 'yes' ? resolved : refuse(withForgottenWord(resolved.refusal, bot.config))
}

async function surveyed(
  bot: Bot,
  command: Command,
  { target, hosts }: Place,
  revision: Revision | undefined,
): Promise<Decision<Surveyed>> {
  const [first] = hosts
  if (first) bot.notify(command, { kind: 'surveying', host: first.name })
  const found = await survey(bot, target, hosts, revision)
  if (found.kind === 'surveyed') return yes(found)
  const { host, step, because } = found
  const { service, environment } = target
  return refuse({ reason: 'not-surveyed', target: { service, environment }, host, step, because })
}

/** The one revision that all hosts have checked out, which must be the one that was typed. */
function checkedOut(
  { target, hosts }: Place,
  { heads }: Surveyed,
  typed: Resolution | undefined,
): Decision<Resolution> {
  const seen = hosts.map(({ name }) => ({ host: name, head: heads.get(name) }))
  const revision = typed?.revision ?? seen[0]?.head
  if (revision === undefined || seen.some(({ head }) => head !== revision)) {
    return refuse({ reason: 'revisions-differ', service: target.service, hosts: seen })
  }
  return yes(typed ?? { revision, branch: undefined, shown: shortRevision(revision) })
}
