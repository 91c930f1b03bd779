import type { Server } from 'node:http'
import type { Logger } from 'pino'
import type { Settings } from '../config/config.ts'
import type { Clock } from '../ports/clock.ts'
import type { Store } from '../ports/store.ts'
import { secondsText } from '../sentences/duration.ts'
import { healthOf } from '../sentences/health.ts'
import { watchDeafness } from '../slack/deafness.ts'
import { startHealth } from './health.ts'
import { silenceOf } from './silence.ts'

/** What a supervisor goes by. */
export interface Watching {
  close(): void
}

/** The health page, and the end of a bot that cannot hear Slack. Rejects with NotStarted when the port cannot be had. */
export async function startWatching(parts: {
  readonly settings: Pick<Settings, 'healthPort' | 'deafLimitMs'>
  readonly store: Pick<Store, 'find'>
  readonly isConnected: () => boolean
  /** How long the oldest thing waits that Slack should show; 0: none does, or another process tells it. */
  readonly behindMs: () => number
  readonly clock: Clock
  readonly log: Logger
  /** Called once, after it was logged. */
  readonly onDeaf: () => void
}): Promise<Watching> {
  const { settings, store, isConnected, behindMs, clock, log, onDeaf } = parts
  const { healthPort: port, deafLimitMs: limitMs } = settings
  const deafness = watchDeafness({
    isConnected,
    clock,
    limitMs,
    onLimit() {
      log.error(deafText(limitMs ?? 0))
      onDeaf()
    },
  })
  // Whatever is looked for: it is the answer that counts.
  const silentMs = silenceOf(() => store.find(''), clock)
  const health = async () =>
    healthOf({ deafMs: deafness.deafMs(), silentMs: await silentMs(), behindMs: behindMs() }, clock.now())
  let server: Server | undefined
  try {
    if (port !== undefined) server = await startHealth({ port, health, log })
  } catch (error) {
    deafness.close()
    throw error
  }
  return {
    close() {
      deafness.close()
      server?.close()
    },
  }
}

function deafText(limitMs: number): string {
  return (
    `Slack was not connected for ${secondsText(limitMs)} (SLACK_DEAF_LIMIT), so this process ends with exit code 1 and a supervisor can ` +
    'start it anew. A host that switches is waited for; what else was running goes on with the next start.'
  )
}
