import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { MARKER } from './marker.ts'

/*
 * Stays until its standard input ends, which is when the demo has ended in whatever way, and then ends every process that the
 * demo has left and removes its folder. Called as: keeper.js <folder>
 */

const PATIENCE_MS = 10_000

const [folder = ''] = process.argv.slice(2)
// A terminal that is closed, or Ctrl-C in it, is the demo's to hear.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.stdin.resume()
process.stdin.on('close', () => void clear())

async function clear(): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  for (let left = leftOver(); left.length > 0 && performance.now() < until; left = leftOver()) {
    for (const pid of left) kill(pid)
    await sleep(20)
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** Every process that was started by the demo or by what it started: they all have its folder in their environment. */
function leftOver(): readonly number[] {
  const mark = `${MARKER}=${folder}`
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => environOf(pid).split('\0').includes(mark))
    .map(Number)
}

/** Of a process that is gone, or somebody else's: nothing. */
function environOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return ''
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself meanwhile.
  }
}
