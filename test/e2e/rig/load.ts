import { Agent, request } from 'node:http'
import type { RigHost } from './host.ts'

/** What clients saw that ask at a constant rate, however long the answers take. */
export interface Load {
  readonly asked: number
  /** No answer, or one that is not 200. */
  readonly lost: readonly string[]
  readonly perSecond: number
  readonly slowestMs: number
}

const EVERY_MS = 4

/** Requests by turns with a new connection each and over kept ones, until it is stopped. */
export function startLoad(host: RigHost, port: number): { stop(): Promise<Load> } {
  const kept = new Agent({ keepAlive: true })
  const open = new Set<Promise<void>>()
  const lost: string[] = []
  let asked = 0
  let slowestMs = 0
  const began = performance.now()
  const ask = (agent: Agent | false): Promise<void> =>
    new Promise(resolve => {
      const at = performance.now()
      const end = (problem?: string) => {
        slowestMs = Math.max(slowestMs, performance.now() - at)
        if (problem !== undefined) lost.push(`${agent ? 'kept' : 'new'} connection: ${problem}`)
        resolve()
      }
      const asking = request({ host: host.address, port, agent, timeout: 60_000 }, answer => {
        answer.resume()
        answer.on('error', error => end(error.message))
        answer.on('end', () => end(answer.statusCode === 200 ? undefined : `HTTP ${answer.statusCode}`))
      })
      asking.on('timeout', () => asking.destroy(new Error('no answer in 60 s')))
      asking.on('error', error => end(error.message))
      asking.end()
    })
  const timer = setInterval(() => {
    // A timer that comes late asks for what it has missed: the rate stays.
    while (asked * EVERY_MS < performance.now() - began) {
      const one = ask(asked++ % 2 === 0 ? kept : false)
      open.add(one)
      void one.then(() => open.delete(one))
    }
  }, EVERY_MS)
  return {
    async stop() {
      clearInterval(timer)
      const seconds = (performance.now() - began) / 1_000
      await Promise.all(open)
      kept.destroy()
      return { asked, lost, perSecond: Math.round(asked / seconds), slowestMs: Math.round(slowestMs) }
    },
  }
}
