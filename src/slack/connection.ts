import { setTimeout as sleep } from 'node:timers/promises'
import type { SocketModeClient } from '@slack/socket-mode'
import type { Logger } from 'pino'
import type { Clock } from '../ports/clock.ts'
import { callProblem } from './client.ts'

const PAUSE_MS = 30_000
const CLOSE_MS = 2_000
/** A socket that has not opened by then is told, and left trying. */
const OPEN_MS = 10_000
const SAY_AGAIN_MS = 60_000

/** The socket through which commands come. */
export interface Connection {
  isConnected(): boolean
  close(): Promise<void>
}

/** Watches the client and mends what it does badly (@slack/socket-mode 3.1.0). Call it before the client is started. */
export function watchConnection(client: SocketModeClient, clock: Clock, log: Logger): Connection {
  let isConnected = false
  let isClosing = false
  const gone = (): void => {
    if (isConnected && !isClosing) log.warn('The connection to Slack was lost; it is being made anew.')
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
  tellUnopened(client, clock, log, () => isClosing)

  return {
    isConnected: () => isConnected,
    async close() {
      isClosing = true
      // In the middle of reconnecting this may never settle.
      await Promise.race([client.disconnect(), sleep(CLOSE_MS, undefined, { ref: false })])
      gone()
    },
  }
}

/** A socket that does not open is silence in the client's log: its address is given out by HTTPS, which works. */
function tellUnopened(client: SocketModeClient, clock: Clock, log: Logger, isClosing: () => boolean): void {
  let place = 'the address that Slack gave out'
  let isOpening = false
  let limit: NodeJS.Timeout | undefined
  let why = ''
  let saidAt = Number.NEGATIVE_INFINITY

  function tell(): void {
    const now = clock.monotonic()
    if (isClosing() || now - saidAt < SAY_AGAIN_MS) return
    saidAt = now
    log.warn(
      `Slack's WebSocket cannot be opened at ${place}: ${why}. No command can be heard; it is tried again and again. ` +
        'Check that this machine may open WebSockets to that address: a firewall or proxy can let HTTPS pass and stop those.',
    )
  }
  function opened(): void {
    isOpening = false
    clearTimeout(limit)
  }
  client.on('authenticated', ({ url }: { readonly url: string }) => {
    // The rest of the address is a ticket.
    place = URL.canParse(url) ? new URL(url).host : place
  })
  client.on('connecting', () => {
    isOpening = true
    why = 'it was closed at once'
    clearTimeout(limit)
    limit = setTimeout(() => {
      why = `no answer within ${OPEN_MS / 1_000} s`
      tell()
    }, OPEN_MS)
    limit.unref()
  })
  client.on('connected', opened)
  client.on('error', error => {
    why = callProblem(error).replace(/\.$/, '')
  })
  client.on('close', () => {
    if (!isOpening) return
    opened()
    // The error that closed it is told right after this.
    setImmediate(tell)
  })
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
