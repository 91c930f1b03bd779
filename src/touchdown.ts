import type { Config } from './config/config.ts'
import type { Deployment, TargetId } from './deployment.ts'
import type { Hold } from './hold.ts'
import type { DeployIntent, Intent, TypedRef } from './intent/intent.ts'
import { parse } from './intent/parse.ts'
import { orderCode } from './plan/order.ts'
import type { DryRun } from './plan/rehearsal.ts'
import type { Actor } from './policy/actor.ts'
import { mayStartAlone } from './policy/approval.ts'
import { type Grant, mayRead } from './policy/authorize.ts'
import { findService, findTarget, withForgottenWord } from './policy/target.ts'
import type { Command, Mirrors, People } from './ports.ts'
import type { Refusal } from './refusal.ts'
import type { World } from './run/deploy.ts'
import { dryRun } from './run/dry-run.ts'
import type { Scheduler } from './run/scheduler.ts'
import { shownOutput } from './run/shown-output.ts'
import { askStatus } from './run/status.ts'
import { shown } from './shown.ts'
import type { StatusReport } from './status-report.ts'
import { audit, nameOf, recorded, refused } from './story/audit.ts'
import { heldNow, lock, unlock } from './story/holds.ts'
import { mayDo } from './story/rights.ts'
import { rollback } from './story/rollback.ts'
import { originOf, tellChanges } from './story/told.ts'

/** Everything the story needs: the world that deployments run in, and who may ask for what. */
export interface Bot extends World {
  readonly config: Config
  readonly mirrors: Mirrors
  readonly people: People
  readonly scheduler: Scheduler
  readonly newId: () => string
}

/** What the asker is answered. */
export type Reply =
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'accepted'; readonly deployment: Deployment }
  | { readonly kind: 'dry-run'; readonly dryRun: DryRun }
  | { readonly kind: 'status'; readonly report: StatusReport }
  | { readonly kind: 'history'; readonly deployments: readonly Deployment[] }
  | { readonly kind: 'cancelled'; readonly deployment: Deployment }
  /** `underway`: what was asked for before, which goes on. */
  | { readonly kind: 'locked'; readonly hold: Hold; readonly underway: readonly Deployment[] }
  /** `hold`: the one that was lifted. */
  | { readonly kind: 'unlocked'; readonly hold: Hold; readonly by: string }

/** Whoever waited longer for a bot to come back may no longer want what they typed, or has done it another way. */
const TOO_OLD_MS = 10 * 60_000

/**
 * One command, from the typed words to its answer. Every decision is audited; a second call with one trigger changes nothing.
 * Never rejects: a fault of ours is a refusal like any other, and then nothing was started or cancelled.
 */
export async function hear(bot: Bot, command: Command): Promise<Reply> {
  const text = shown(command.text, 200)
  try {
    // First, for all else may answer otherwise by now: the clock, the configuration, Slack, git.
    const done = await bot.store.doneBy(command.trigger)
    if (done) return await again(bot, command, done)
    const ageMs = bot.clock.now() - command.receivedAt
    if (ageMs <= TOO_OLD_MS) return await understand(bot, command)
    return await refused(bot, command, 'unread', undefined, { reason: 'too-old', text, ageMs })
  } catch (error) {
    bot.problem('a command met a fault', error)
    const detail = shownOutput(error instanceof Error ? error.message : String(error), bot.secrets)
    const refusal: Refusal = { reason: 'fault', text, detail }
    await recorded(bot, audit(bot, command, 'unfinished', undefined, refusal.reason, JSON.stringify(refusal)))
    return { kind: 'refused', refusal }
  }
}

/** The answer that a command has had already, or would have had but for a crash. */
async function again(
  bot: Bot,
  command: Command,
  done: Reply & { kind: 'accepted' | 'cancelled' },
): Promise<Reply> {
  const { id, order, isRollback } = done.deployment
  const action = done.kind === 'cancelled' ? 'cancel' : isRollback ? 'rollback' : 'deploy'
  await recorded(
    bot,
    audit(bot, command, action, nameOf(order.target), 'accepted', `${id} again, by its trigger`),
  )
  return done
}

async function understand(bot: Bot, command: Command): Promise<Reply> {
  const parsed = parse(command.text)
  if (parsed.kind === 'refused') return refused(bot, command, 'unreadable', undefined, parsed.refusal)
  const intent = parsed.value
  const actor: Actor = { id: command.actor, standing: await bot.people.standingOf(command.actor) }
  const reader = mayRead(actor)
  if (reader.kind === 'refused') return refused(bot, command, intent.kind, undefined, reader.refusal)
  switch (intent.kind) {
    case 'deploy':
      return deploy(bot, command, actor, intent)
    case 'cancel':
      return cancel(bot, command, actor, intent)
    case 'rollback':
      return rollback(bot, command, actor, intent)
    case 'lock':
      return lock(bot, command, actor, intent)
    case 'unlock':
      return unlock(bot, command, actor, intent)
    case 'status':
    case 'history':
    case 'help':
      return answer(bot, command, intent)
  }
}

async function deploy(bot: Bot, command: Command, actor: Actor, intent: DeployIntent): Promise<Reply> {
  const place = findTarget(intent, bot.config)
  if (place.kind === 'refused') return refused(bot, command, 'deploy', intent.service, place.refusal)
  const { target, hosts } = place.value
  const name = nameOf(target)
  const grant = await mayDo(bot.people, actor, target, 'deploy')
  if (grant.kind === 'refused') return refused(bot, command, 'deploy', name, grant.refusal)

  const start = mayStartAlone(target)
  if (start.kind === 'refused' && !intent.dryRun) return refused(bot, command, 'deploy', name, start.refusal)

  const ref: TypedRef = intent.ref ?? { kind: 'any', name: target.ref }
  const resolution = await bot.mirrors.resolve(target, ref)
  if (resolution.kind === 'refused') {
    return refused(bot, command, 'deploy', name, withForgottenWord(resolution.refusal, bot.config))
  }
  const order = orderCode(target, hosts, resolution.value)
  if (intent.dryRun) {
    await audit(bot, command, 'dry-run', name, 'accepted', order.revision)
    return { kind: 'dry-run', dryRun: await dryRun(bot, order) }
  }

  // As late as can be: somebody may have locked it while git was asked.
  const held = await heldNow(bot, actor.id, order.target)
  if (held) return refused(bot, command, 'deploy', name, held)
  const deployment = await bot.store.create({
    id: bot.newId(),
    trigger: command.trigger,
    approval: undefined,
    order,
    ref: resolution.value.shown,
    isRollback: false,
    changes: undefined,
    requestedBy: actor.id,
    origin: originOf(target, command, bot.config),
  })
  const detail = `${deployment.id} ${order.revision} through ${grant.value.through}`
  await recorded(bot, audit(bot, command, 'deploy', name, 'accepted', detail))
  bot.scheduler.wake()
  void tellChanges(bot, deployment)
  return { kind: 'accepted', deployment }
}

async function cancel(
  bot: Bot,
  command: Command,
  actor: Actor,
  intent: Intent & { kind: 'cancel' },
): Promise<Reply> {
  const place = findTarget(intent, bot.config)
  if (place.kind === 'refused') return refused(bot, command, 'cancel', intent.service, place.refusal)
  const { target } = place.value
  const name = nameOf(target)
  const grant = await mayDo(bot.people, actor, target, 'cancel')
  if (grant.kind === 'refused') return refused(bot, command, 'cancel', name, grant.refusal)
  const deployment = await stop(bot, target, grant.value, command.trigger)
  if (!deployment) {
    return refused(bot, command, 'cancel', name, { reason: 'nothing-to-cancel', service: target.service })
  }
  return { kind: 'cancelled', deployment }
}

/**
 * Stops the deployment with this id, or the target's first one that nobody has stopped yet, for somebody who may; undefined:
 * there is none. One that was still waiting is over at once; a running one stops before its next host. Once for a trigger.
 */
export async function stop(
  bot: Bot,
  which: string | TargetId,
  { actor, through }: Grant,
  trigger: string,
): Promise<Deployment | undefined> {
  const cancelled = await bot.store.cancel(which, actor, trigger)
  if (!cancelled) return undefined
  const { deployment, events } = cancelled
  for (const event of events) bot.teller.tell(deployment, event)
  const target = nameOf(deployment.order.target)
  const detail = `${deployment.id} through ${through}`
  await recorded(bot, bot.store.audit({ actor, action: 'cancel', target, decision: 'accepted', detail }))
  bot.scheduler.wake()
  return deployment
}

async function answer(
  bot: Bot,
  command: Command,
  intent: Intent & { kind: 'status' | 'history' | 'help' },
): Promise<Reply> {
  if (intent.kind === 'help') return { kind: 'help' }
  const { service } = intent
  const known = service === undefined ? undefined : findService(service, bot.config)
  if (known?.kind === 'refused') return refused(bot, command, intent.kind, service, known.refusal)
  await audit(bot, command, intent.kind, service, 'accepted', '')
  if (intent.kind === 'history') {
    return { kind: 'history', deployments: await bot.store.history({ service, limit: 10 }) }
  }
  const services = known ? [known.value] : [...bot.config.services.values()]
  return {
    kind: 'status',
    report: await askStatus(
      bot,
      services.flatMap(each => [...each.targets.values()]),
    ),
  }
}
