import { setTimeout as sleep } from 'node:timers/promises'
import type { SocketModeClient } from '@slack/socket-mode'
import type { Logger } from 'pino'
import type { Clock } from '../ports.ts'
import { callProblem } from './client.ts'

const PAUSE_MS = 30_000
const CLOSE_MS = 2_000

/** The socket through which commands come. */
export interface Connection {
  isConnected(): boolean
  /** Milliseconds since 1970; now, while connected. */
  lastConnectedAt(): number | undefined
  close(): Promise<void>
}

/** Watches the client and mends what it does badly (@slack/socket-mode 3.1.0). Call it before the client is started. */
export function watchConnection(client: SocketModeClient, clock: Clock, log: Logger): Connection {
  let isConnected = false
  let isClosing = false
  let lastConnectedAt: number | undefined
  const gone = (): void => {
    if (isConnected) {
      lastConnectedAt = clock.now()
      if (!isClosing) log.warn('The connection to Slack was lost; it is being made anew.')
    }
    isConnected = false
  }
  client.on('connected', () => {
    // It goes on connecting when it is closed in the middle of that.
    if (isClosing) return void client.disconnect()
    isConnected = true
    log.info('Connected to Slack.')
  })
  client.on('close', gone)
  client.on('reconnecting', gone)
  client.on('disconnected', gone)
  neverGivingUp(client, log, () => isClosing)

  return {
    isConnected: () => isConnected,
    lastConnectedAt: () => (isConnected ? clock.now() : lastConnectedAt),
    async close() {
      isClosing = true
      // In the middle of reconnecting this may never settle.
      await Promise.race([client.disconnect(), sleep(CLOSE_MS, undefined, { ref: false })])
      gone()
    },
  }
}

/**
 * The client reconnects by calling its own `start` and lets a rejection go unhandled, which would end the process in
 * the middle of deployments: after a revoked token, and when it is closed while it reconnects.
 */
function neverGivingUp(client: SocketModeClient, log: Logger, isClosing: () => boolean): void {
  const start = client.start.bind(client)
  client.start = async () => {
    for (;;) {
      try {
        return await start()
      } catch (error) {
        if (!isClosing()) {
          log.error(
            `No commands can be heard: ${callProblem(error)}. It is tried again in ${PAUSE_MS / 1_000} s.`,
          )
          await sleep(PAUSE_MS, undefined, { ref: false })
        }
        if (isClosing()) return new Promise(() => {})
      }
    }
  }
}
