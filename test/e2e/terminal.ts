import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The built program, as a person starts it in a folder. Variables of this test run stay outside. */
export async function touchdown(
  words: readonly string[],
  options: {
    readonly cwd: string
    readonly env?: Readonly<Record<string, string | undefined>>
    /** `kill -9`, once what it has printed is so far. */
    readonly killWhen?: (stdout: string) => boolean
    /** Ctrl-C, each time that what it has printed is so far as the next of these. */
    readonly pressWhen?: readonly string[]
  },
): Promise<Ended> {
  const { TOUCHDOWN_E2E, CI, ...inherited } = process.env
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../dist/main.js'), ...words], {
    cwd: options.cwd,
    env: { ...inherited, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  let stdout = ''
  let stderr = ''
  const presses = [...(options.pressWhen ?? [])]
  child.stdout.on('data', text => {
    stdout += text
    if (options.killWhen?.(stdout)) child.kill('SIGKILL')
    const next = presses[0]
    if (next === undefined || !stdout.includes(next)) return
    presses.shift()
    // Nobody presses twice in the time in which two signals count as one.
    setTimeout(() => child.kill('SIGINT'), 400)
  })
  child.stderr.on('data', text => (stderr += text))
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}
