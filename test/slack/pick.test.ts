import { describe, expect, it } from 'vitest'
import type { DeploymentEvent } from '../../src/event.ts'
import { limits, pick } from '../../src/slack/pick.ts'
import { add, newTelling, type Telling } from '../../src/slack/telling.ts'
import { aDeployment } from '../sentences/deployments.ts'

const NOW = 100_000
const ANSWER_MS = 15 * 60_000

/** A deployment whose message shows the first event, and whose thread has all. */
function told(id: string, sentAt: number, events: readonly DeploymentEvent[]): Telling {
  const telling = newTelling(aDeployment({ id }))
  add(telling, events, NOW)
  telling.told = { ...telling.told, channel: 'C1', parent: '1.1', lines: events.length }
  return { ...telling, shown: 1, sentAt }
}

function edited(...tellings: readonly Telling[]): string | undefined {
  return pick(tellings, () => 'C1', limits(), NOW, false)?.telling.deployment.id
}

const position = (n: number): DeploymentEvent => ({ kind: 'queued', position: n, behind: [] })
const STALLED = { kind: 'stalled', forMs: ANSWER_MS, expiresAt: NOW + ANSWER_MS } as const

describe('of the messages that are to be edited, first goes', () => {
  it('the one that was not sent for longest', () => {
    const events = [position(3), position(2)]
    expect(edited(told('new', 2_000, events), told('old', 1_000, events))).toBe('old')
  })

  it.each<[string, readonly DeploymentEvent[]]>([
    ['was approved', [position(3), { kind: 'approved', by: 'U02BOB', ahead: 0 }, position(3)]],
    ['was cancelled', [position(3), { kind: 'cancel-asked', by: 'U02BOB' }]],
    ['waits for Resume or Leave', [position(3), STALLED]],
    ['was resumed', [STALLED, { kind: 'answered', answer: 'resume', by: 'U02BOB' }]],
  ])('before all others, the one that %s: its buttons are others', (_, events) => {
    const others = [1, 2, 3].map(n => told(`other-${n}`, 1_000, [position(3), position(2)]))
    expect(edited(...others, told('pressed', 2_000, events))).toBe('pressed')
  })
})
