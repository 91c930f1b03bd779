import { setTimeout as sleep } from 'node:timers/promises'
import type { Deployment, Ending } from '../deployment.ts'
import type { DeploymentEvent } from '../event.ts'
import type { Store } from '../ports/store.ts'
import { placeBehind } from '../run/positions.ts'
import { resumeUnfinished } from '../run/recovery.ts'
import { headlineText } from '../sentences/headline.ts'
import { nobodyBeginsText, STOPPING_TEXT } from '../sentences/terminal.ts'
import { eventLines, failingOutput, finalText, whereToApproveText } from '../sentences/thread.ts'
import { after, firstView, type View } from '../sentences/view.ts'
import type { Bot } from '../story/bot.ts'
import { stop } from '../story/stop.ts'

const LOOK_EVERY_MS = 200
/** Bots and terminals look every two seconds whether they may begin something. */
const NOBODY_MS = 10_000

type Print = (text: string) => void

/**
 * Prints one deployment's events as the thread in Slack would show them, until its end. They are read from the records: a
 * deployment whose terminal lost it is run by another process. `stopping`: a person wants it stopped.
 */
export async function follow(
  bot: Bot,
  deployment: Deployment,
  print: Print,
  stopping: AbortSignal,
): Promise<Ending> {
  const lookAhead = watchLine(bot, deployment, print)
  let view = firstView(deployment)
  let known = 0
  let isStopping = false
  let wasHere = false
  for (;;) {
    const events = await bot.store.events(deployment.id)
    for (const { event } of events.slice(known)) {
      view = after(view, event)
      show(view, event, print)
    }
    known = events.length
    if (view.phase.kind === 'ended') return view.phase.ending
    if (stopping.aborted && !isStopping) {
      isStopping = true
      print(STOPPING_TEXT)
      const grant = { actor: deployment.requestedBy, through: 'Ctrl-C' }
      await stop(bot, deployment.id, grant, `Ctrl-C of ${deployment.id}`)
    } else if (view.phase.kind === 'queued') {
      await lookAhead()
    } else if (isHere(bot, deployment)) {
      wasHere = true
    } else if (wasHere && view.phase.kind === 'running') {
      // This process was suspended, or could not reach the records, and there may be no bot that takes it up.
      await resumeUnfinished(bot, bot.scheduler, ({ id }) => id === deployment.id)
    }
    await sleep(LOOK_EVERY_MS, undefined, isStopping ? {} : { signal: stopping }).catch(() => {})
  }
}

function isHere({ scheduler }: Bot, { id }: Deployment): boolean {
  return scheduler.running().some(running => running.id === id)
}

function show(view: View, event: DeploymentEvent, print: Print): void {
  // Its place is looked up by watchLine: only a bot records it.
  if (event.kind === 'queued') return
  for (const line of eventLines(view, event)) print(line)
  if (event.kind === 'approval-asked') print(whereToApproveText(event))
  const output = failingOutput(event)
  if (output) print(output)
  if (event.kind === 'started') print(headlineText(view))
  if (event.kind === 'ended') print(finalText(view))
}

/**
 * For as long as a deployment waits: behind whom, whether a bot runs or not. What a dead process has left is taken up, so that it
 * cannot hold up the line for ever; what nobody has begun is told instead, because those who asked for it may not want it any
 * more.
 */
function watchLine(bot: Bot, deployment: Deployment, print: Print): () => Promise<void> {
  const { store, clock } = bot
  let told = ''
  let idle: { readonly id: string; readonly since: number; isTold: boolean } | undefined

  async function tellIdle(): Promise<void> {
    const first = await startableBefore(store, deployment)
    const now = clock.monotonic()
    if (first?.id !== idle?.id) idle = first && { id: first.id, since: now, isTold: false }
    if (!first || !idle || idle.isTold || now - idle.since < NOBODY_MS) return
    idle.isTold = true
    print(nobodyBeginsText(first))
  }

  return async () => {
    await resumeUnfinished(bot, bot.scheduler)
    const place = placeBehind(await store.ahead(deployment.id))
    if (!place) return
    const lines = eventLines(after(firstView(deployment), place), place).join('\n')
    if (lines !== told) print(lines)
    told = lines
    await tellIdle()
  }
}

/** The oldest that may begin, of those that this one waits behind: the head of the line may share no place with it. */
async function startableBefore(store: Store, { id }: Deployment): Promise<Deployment | undefined> {
  const startable = await store.startable()
  if (startable.length === 0) return undefined
  const waitedFor = new Set([id])
  // Grows while it is gone through.
  for (const each of waitedFor) for (const ahead of await store.ahead(each)) waitedFor.add(ahead.id)
  return startable.find(each => waitedFor.has(each.id))
}
