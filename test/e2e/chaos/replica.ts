import { kill } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BotProcess } from '../bot-process.ts'

/** One bot of several, and somebody who starts it again when it ends, as systemd would. */
export interface Replica {
  readonly process: BotProcess
  /** Until `up`. Resolves when it has ended. */
  down(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  up(): void
  /** How often it ended by itself. */
  deaths(): number
  /** Nobody starts it again from now on. */
  leave(): Promise<void>
}

const LOOK_EVERY_MS = 200

export function keptUp(process: BotProcess): Replica {
  let isWanted = true
  let isLeft = false
  let isExpected = false
  let deaths = 0
  const watch = (async () => {
    while (!isLeft) {
      if (isWanted && !isAlive(process.pid())) {
        if (!isExpected) deaths += 1
        isExpected = false
        // What it could not start with may be over the next time; its log says what it was.
        await process.restart().catch(() => {})
      }
      await sleep(LOOK_EVERY_MS)
    }
  })()
  return {
    process,
    async down(signal) {
      isWanted = false
      isExpected = true
      await process.kill(signal)
    },
    up() {
      isWanted = true
    },
    deaths: () => deaths,
    async leave() {
      isLeft = true
      await watch
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    return kill(pid, 0)
  } catch {
    return false
  }
}
