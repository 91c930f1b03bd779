import type { HostLook } from './protocol.ts'

const BETWEEN_LOOKS_MS = 400
const PATIENCE_MS = 2_000

/** Asks the service's page on each host again and again, and tells what has changed. `stop` ends it. */
export function watchHosts(
  hosts: readonly { readonly name: string; readonly url: string }[],
  tell: (look: HostLook) => void,
): { readonly looks: () => readonly HostLook[]; stop(): void } {
  const latest = new Map<string, HostLook>(
    hosts.map(host => [host.name, { ...host, isUp: false, revision: undefined }]),
  )
  const stopped = new AbortController()
  for (const host of hosts) void follow(host)
  return { looks: () => [...latest.values()], stop: () => stopped.abort() }

  async function follow(host: { readonly name: string; readonly url: string }): Promise<void> {
    while (!stopped.signal.aborted) {
      const look = { ...host, ...(await lookAt(host.url, stopped.signal)) }
      const before = latest.get(host.name)
      if (stopped.signal.aborted) return
      latest.set(host.name, look)
      if (before?.isUp !== look.isUp || before.revision !== look.revision) tell(look)
      await rest(BETWEEN_LOOKS_MS, stopped.signal)
    }
  }
}

async function lookAt(url: string, stopped: AbortSignal): Promise<Pick<HostLook, 'isUp' | 'revision'>> {
  try {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(PATIENCE_MS)])
    const response = await fetch(url, { signal, redirect: 'manual' })
    await response.body?.cancel()
    return { isUp: response.ok, revision: response.headers.get('x-revision') ?? undefined }
  } catch {
    return { isUp: false, revision: undefined }
  }
}

function rest(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    stopped.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
