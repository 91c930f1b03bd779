import { setTimeout as sleep } from 'node:timers/promises'
import type { Message } from '../../../demo/slack/shapes.ts'
import type { ChaosPlan, PlannedPresses } from '../../chaos/plan.ts'
import type { Pressed } from '../../chaos/presses.ts'
import { toldOf } from './evidence.ts'
import { heard } from './heard.ts'
import { approverOf, channelOf, personOf, type Stage } from './stage.ts'

/** People who look at the messages of the deployments, and press what the plan says. */
export interface Bystanders {
  /** What was pressed so far. */
  readonly presses: readonly Omit<Pressed, 'answers'>[]
  /** Nobody presses anything any more. */
  leave(): Promise<void>
}

const LOOK_EVERY_MS = 250
/** Who still sees the button by then presses again; not for ever, for a message that a dying bot has posted twice keeps it. */
const AGAIN_AFTER_MS = 5_000
const MOST_PRESSES = 40

export function bystandersOf(
  { commands }: ChaosPlan,
  stage: Stage,
  note: (text: string) => void,
): Bystanders {
  const presses: Omit<Pressed, 'answers'>[] = []
  /** When somebody presses which button next, and how often that was done. */
  const agenda = new Map<string, { at: number; times: number }>()
  let isOver = false

  function look(message: Message, now: number): readonly Promise<void>[] {
    const { deployment, by } = toldOf(message)
    const n = commands.findIndex((_, n) => personOf(n) === by)
    const plan = commands[n]?.presses
    if (!plan) return []
    return intendedOf(n, plan).flatMap(([who, action]) => {
      const button = buttonIn(message, action)
      if (!button) return []
      const key = `${message.ts} ${who} ${action}`
      const due = agenda.get(key) ?? { at: now + plan.afterMs, times: 0 }
      agenda.set(key, due)
      if (now < due.at || due.times >= MOST_PRESSES) return []
      agenda.set(key, { at: now + AGAIN_AFTER_MS, times: due.times + 1 })
      return [press(message, who, action, button.asks, { deployment, isTwice: plan.isTwice })]
    })
  }

  async function press(
    { channel, ts }: Message,
    by: string,
    action: Pressed['action'],
    asks: boolean,
    { deployment, isTwice }: { readonly deployment: string; readonly isTwice: boolean },
  ): Promise<void> {
    const at = new Date().toISOString()
    if (isTwice) stage.slack.faults.duplicateNextEnvelope()
    const confirms = asks ? { confirms: true as const } : {}
    const outcome = await stage.slack.click({
      user: by,
      message: { channel, ts },
      actionId: action,
      ...confirms,
    })
    const was = heard(outcome, { isTwice })
    presses.push({ by, action, deployment, at, was })
    note(`${by} presses ${action} of ${deployment}${isTwice ? ', delivered twice' : ''}: ${was}`)
  }

  const watch = (async () => {
    const pressing: Promise<void>[] = []
    while (!isOver) {
      const now = performance.now()
      for (const service of stage.services.keys())
        for (const message of stage.slack.messages(channelOf(service)))
          if (message.blocks.some(({ type }) => type === 'actions')) pressing.push(...look(message, now))
      await sleep(LOOK_EVERY_MS)
    }
    await Promise.all(pressing)
  })()
  watch.catch(() => {})

  return {
    presses,
    async leave() {
      isOver = true
      await watch
    },
  }
}

/** Who would press what on a message of the nth command. Whoever asked for it tries first. */
function intendedOf(n: number, plan: PlannedPresses): readonly (readonly [string, Pressed['action']])[] {
  const [asker, other] = [personOf(n), approverOf(n)]
  return [
    ...(plan.isOwnTried ? [[asker, 'approve'] as const] : []),
    [other, plan.decision],
    ...(plan.isCancelled ? [[other, 'cancel'] as const] : []),
    [other, plan.answer],
  ]
}

function buttonIn({ blocks }: Message, action: string): { readonly asks: boolean } | undefined {
  const elements = blocks.flatMap(block => (Array.isArray(block['elements']) ? block['elements'] : []))
  const found = elements.find(element => element?.action_id === action)
  return found && { asks: found.confirm !== undefined }
}
