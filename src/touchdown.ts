import type { Command } from './command.ts'
import type { Intent } from './intent/intent.ts'
import { parse } from './intent/parse.ts'
import { mayRead } from './policy/authorize.ts'
import { findService } from './policy/target.ts'
import type { Done } from './ports/records/history.ts'
import { OutcomeUnknown, TakenOver } from './ports/store.ts'
import type { Refusal } from './refusal.ts'
import { shownOutput } from './run/shown-output.ts'
import { askStatus } from './run/status.ts'
import { shown } from './shown.ts'
import { again, audit, recorded, refused } from './story/audit.ts'
import type { Bot } from './story/bot.ts'
import { cancel } from './story/cancel.ts'
import { choose } from './story/choose.ts'
import { deploy } from './story/deploy.ts'
import { tooMany } from './story/flood.ts'
import { lockOrUnlock } from './story/holds.ts'
import { press } from './story/press.ts'
import type { Reply } from './story/reply.ts'
import { actorOf } from './story/rights.ts'
import { rollback } from './story/rollback.ts'

/** Whoever waited longer for a bot to come back may no longer want what they typed, or has done it another way. */
const TOO_OLD_MS = 10 * 60_000

/**
 * One command, from the typed words to its answer. Every decision is audited; a second call with one trigger changes nothing.
 * Rejects with TakenOver alone, where there is nothing to say: a fault of ours is a refusal like any other, and then nothing was
 * started or cancelled, as far as is known.
 */
export async function hear(bot: Bot, command: Command): Promise<Reply> {
  const text = shown(command.text, 200)
  const button = command.click?.action
  try {
    // First, for all else may answer otherwise by now: the clock, the configuration, Slack, git.
    const done = await bot.store.doneBy(command.trigger)
    if (done) return await again(bot, command, actionOf(command, done), done)
    const ageMs = bot.clock.now() - command.receivedAt
    if (ageMs <= TOO_OLD_MS) return await understand(bot, command)
    return await refused(bot, command, 'unread', undefined, { reason: 'too-old', text, button, ageMs })
  } catch (error) {
    if (error instanceof TakenOver) throw error
    bot.problem('a command met a fault', error)
    const isUnknown = error instanceof OutcomeUnknown
    const done = isUnknown ? await bot.store.doneBy(command.trigger).catch(() => undefined) : undefined
    if (done) return again(bot, command, actionOf(command, done), done)
    const detail = shownOutput(error instanceof Error ? error.message : String(error), bot.secrets)
    const refusal: Refusal = { reason: 'fault', text, button, detail, ...(isUnknown ? { isUnknown } : {}) }
    await recorded(bot, audit(bot, command, 'unfinished', undefined, refusal.reason, JSON.stringify(refusal)))
    return { kind: 'refused', refusal }
  }
}

/** What the audit calls it. */
function actionOf({ click }: Command, { kind, deployment }: Done): string {
  if (click) return click.action
  if (kind !== 'accepted') return 'cancel'
  return deployment.isRollback ? 'rollback' : 'deploy'
}

async function understand(bot: Bot, command: Command): Promise<Reply> {
  const { click } = command
  if (click) return 'command' in click ? choose(bot, command, click) : press(bot, command, click)
  const parsed = parse(command.text)
  if (parsed.kind === 'refused') return refused(bot, command, 'unreadable', undefined, parsed.refusal)
  const intent = parsed.value
  const actor = await actorOf(bot.people, command.actor)
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
    case 'unlock':
      return lockOrUnlock(bot, command, actor, intent)
    case 'status':
    case 'history':
    case 'help':
      return answer(bot, command, intent)
  }
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
  const flood = intent.kind === 'status' ? tooMany(bot, command) : undefined
  if (flood) return refused(bot, command, intent.kind, service, flood)
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
