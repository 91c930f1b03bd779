import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LocalSlack } from './slack/local-slack.ts'

export interface Bot {
  /** Rejects when the bot ends although nobody stopped it. */
  readonly ended: Promise<never>
  /** Asks it to stop, and waits for a moment. */
  stop(): Promise<void>
}

const CONNECTS_WITHIN_MS = 30_000
const STOPS_WITHIN_MS = 5_000

/** Starts the built bot, unchanged, in a folder that holds its `.env` and `touchdown.yml`; resolves when it hears commands. */
export async function startBot(parts: {
  readonly folder: string
  readonly files: Readonly<Record<'.env' | 'touchdown.yml', string>>
  readonly slack: LocalSlack
  readonly marker: Readonly<Record<string, string>>
}): Promise<Bot> {
  const { folder, files, slack, marker } = parts
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.js'), 'start'], {
    cwd: folder,
    // Nothing of this machine's own settings: what the files say is all that counts.
    env: { ...marker, HOME: folder, PATH: process.env['PATH'] },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', text => {
    log = (log + text).slice(-4_000)
  })
  let isAsked = false
  const exited = once(child, 'exit')
  const ended = exited.then(() => {
    if (isAsked) return new Promise<never>(() => {})
    throw new Error(`The bot has ended. Its last words:\n${log}`)
  })
  ended.catch(() => {})
  await Promise.race([slack.waitFor(now => now.openConnections > 0, CONNECTS_WITHIN_MS, 'The bot'), ended])
  return {
    ended,
    async stop() {
      isAsked = true
      child.kill('SIGTERM')
      const limit = new AbortController()
      const wait = new Promise<void>(resolve => {
        const timer = setTimeout(resolve, STOPS_WITHIN_MS)
        limit.signal.addEventListener('abort', () => clearTimeout(timer))
      })
      await Promise.race([exited, wait])
      limit.abort()
    },
  }
}
