import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Demo {
  readonly url: string
  /** As Ctrl-C does. */
  stop(): Promise<void>
}

/** The demo as people start it, after `npm run build`. */
export async function startDemo(): Promise<Demo> {
  const demo = spawn(process.execPath, ['dist/demo/main.js'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(demo, 'exit')
  const stop = async (): Promise<void> => {
    demo.kill('SIGINT')
    await ended
  }
  const heard: string[] = []
  for await (const line of createInterface(demo.stdout)) {
    heard.push(line)
    const url = /The demo is at (http:\S+)/.exec(line)?.[1]
    if (url) return { url, stop }
  }
  throw new Error(`The demo ended before its page was there: ${heard.join('\n')}`)
}
