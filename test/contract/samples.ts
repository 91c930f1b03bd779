import { onTestFinished } from 'vitest'
import type { Command } from '../../src/command.ts'
import type { Ending } from '../../src/deployment.ts'
import type { DeploymentEvent } from '../../src/event.ts'
import type { HostResult } from '../../src/host-result.ts'
import type { Turn } from '../../src/ports/messages.ts'
import type { Claimed } from '../../src/ports/records/queue.ts'
import type { OpenStore } from '../../src/store/store.ts'

export function command(trigger: string): Command {
  return {
    trigger,
    actor: 'U01ALICE',
    text: 'app main',
    channel: 'C01GEN',
    responseUrl: 'https://hooks.slack.com/commands/T/1/x',
    receivedAt: 1_700_000_000_000,
  }
}

/** Claimed, and begun. */
export async function begun(store: OpenStore, id: string, owner = 'bot'): Promise<Claimed | undefined> {
  const claimed = await store.claim(id, owner)
  if (claimed) await store.append(id, { kind: 'started', fence: claimed.fence }, claimed.fence)
  return claimed
}

export function turnOf(store: OpenStore): Promise<Turn> {
  return new Promise(resolve => {
    const turns = store.messages.takeTurns('bot:1', resolve)
    onTestFinished(turns.release)
  })
}

export function succeeded(digest: string | undefined): HostResult {
  return { status: 'succeeded', proof: 'served', previous: undefined, digest }
}

export function ended(ending: Ending): DeploymentEvent & { readonly kind: 'ended' } {
  return { kind: 'ended', ending, durationMs: 0 }
}

export function hostEnded(host: string, result: HostResult, durationMs = 1): DeploymentEvent {
  return { kind: 'host-ended', host, result, durationMs }
}

export const step: DeploymentEvent = {
  kind: 'step',
  host: 'web1',
  step: 'fetch',
  outcome: { status: 'ok', output: 'a\0b', durationMs: 16 },
}

export const failed: HostResult = {
  status: 'failed',
  step: 'fetch',
  because: { kind: 'exit', code: 128, output: 'fatal: …' },
  now: undefined,
}

export const app = { service: 'app', environment: 'production' }

export const approval = { hash: 'h1', expiresInMs: 1_000, approvers: ['U02BOB'], rehearsals: [] }
