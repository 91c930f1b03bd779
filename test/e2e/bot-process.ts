import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalSlack } from '../../demo/slack/local-slack.ts'

/** One process of the built bot. Several may share a folder, its records and a Slack. */
export interface BotProcess {
  pid(): number
  /** What it has logged so far, over all its restarts. */
  log(): string
  /** SIGSTOP and SIGCONT, too. */
  signal(signal: NodeJS.Signals): void
  /** Resolves when it has ended; its exit code, null when the signal ended it. */
  kill(signal: NodeJS.Signals): Promise<number | null>
  /** Resolves to its exit code when it has ended by itself. */
  exited(): Promise<number | null>
  /** Resolves when it is connected to Slack. */
  restart(): Promise<void>
}

const CONNECTS_WITHIN_MS = 40_000

const BUILT = join(import.meta.dirname, '../../dist/main.js')

/** Runs in that folder, where .env and touchdown.yml are; `env` goes before .env. */
export async function startProcess(
  slack: LocalSlack,
  folder: string,
  env: Readonly<Record<string, string>>,
  program = BUILT,
): Promise<BotProcess> {
  let child: ChildProcess
  let log = ''

  async function start(): Promise<void> {
    const { TOUCHDOWN_E2E, CI, ...own } = process.env
    const started = spawn(process.execPath, [program, 'start'], {
      cwd: folder,
      env: { ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    const began = log.length
    // Of several processes only this one's own word says that it is there.
    const connected = new Promise<void>(resolve => {
      for (const stream of [started.stdout, started.stderr])
        stream?.on('data', text => {
          log += text
          if (log.includes('connected to Slack', began)) resolve()
        })
    })
    const late = new AbortController()
    const ended = (what: string) => () => {
      throw new Error(`${what}:\n${log.slice(began)}`)
    }
    const exited = once(started, 'exit').then(ended('the bot ended'))
    exited.catch(() => {})
    const timeUp = sleep(CONNECTS_WITHIN_MS, undefined, { signal: late.signal }).then(
      ended('the bot does not connect to Slack'),
    )
    try {
      await Promise.race([connected, exited, timeUp])
    } catch (error) {
      started.kill('SIGKILL')
      throw error
    } finally {
      late.abort()
    }
  }

  await start()
  return {
    pid: () => child.pid ?? 0,
    log: () => log,
    signal: signal => void child.kill(signal),
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const before = slack.openConnections
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
      // Else what is said next could be sent to the dead process. Another one may have connected meanwhile.
      await slack.waitFor(now => now.openConnections < before, 5_000).catch(() => {})
      return child.exitCode
    },
    async exited() {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      return child.exitCode
    },
    restart: start,
  }
}
