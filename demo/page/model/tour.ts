import { isExpected, type TourStep } from '../../tour/tour.ts'
import type { Message } from '../../web/protocol.ts'
import type { Shown } from '../../web/shown.ts'
import { type Button, readMessage } from './blocks.ts'

export interface Tour {
  readonly index: number
  /** What the step waits for has come. */
  readonly isSeen: boolean
}

export function begunTour(index: number): Tour {
  return { index, isSeen: false }
}

/** The tour after a message that came or was changed. */
export function tourAfter(tour: Tour, { tour: steps, roles }: Shown, message: Message): Tour {
  const step = steps[tour.index]
  if (step === undefined || tour.isSeen || message.isTyped) return tour
  const isForThem = message.only === undefined || message.only === roles[step.as]
  return isForThem && isExpected(step, message) ? { ...tour, isSeen: true } : tour
}

/** The button that a step presses: of the newest message that shows one. */
export function buttonFor(
  { presses }: TourStep,
  messages: readonly Message[],
): { readonly message: Message; readonly button: Button } | undefined {
  const found = messages.flatMap(message =>
    readMessage(message)
      .flatMap(block => (block.kind === 'actions' ? block.buttons : []))
      .filter(button => button.action === presses?.action)
      .map(button => ({ message, button })),
  )
  return found.toSorted((a, b) => (a.message.ts < b.message.ts ? 1 : -1))[0]
}
