import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { HostLook } from './protocol.ts'

const BETWEEN_LOOKS_MS = 400
const PATIENCE_MS = 2_000

type Answer = Omit<HostLook, 'name' | 'url'>
const NO_ANSWER: Answer = { isUp: false, revision: undefined, container: undefined }

/** Asks the service's page on each host again and again, and tells what has changed. `stop` ends it. */
export function watchHosts(
  hosts: readonly { readonly name: string; readonly url: string }[],
  tell: (look: HostLook) => void,
): { readonly looks: () => readonly HostLook[]; stop(): void } {
  const latest = new Map<string, HostLook>(hosts.map(host => [host.name, { ...host, ...NO_ANSWER }]))
  const stopped = new AbortController()
  for (const host of hosts) void follow(host)
  return { looks: () => [...latest.values()], stop: () => stopped.abort() }

  async function follow(host: { readonly name: string; readonly url: string }): Promise<void> {
    while (!stopped.signal.aborted) {
      const look = { ...host, ...(await lookAt(host.url, stopped.signal)) }
      const before = latest.get(host.name)
      if (stopped.signal.aborted) return
      latest.set(host.name, look)
      if (!isDeepStrictEqual(before, look)) tell(look)
      await sleep(BETWEEN_LOOKS_MS, undefined, { signal: stopped.signal }).catch(() => undefined)
    }
  }
}

async function lookAt(url: string, stopped: AbortSignal): Promise<Answer> {
  try {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(PATIENCE_MS)])
    const response = await fetch(url, { signal, redirect: 'manual' })
    await response.body?.cancel()
    const said = (header: string) => response.headers.get(header) ?? undefined
    return { isUp: response.ok, revision: said('x-revision'), container: said('x-container') }
  } catch {
    return NO_ANSWER
  }
}
