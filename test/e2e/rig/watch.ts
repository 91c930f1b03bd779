import type { RigHost } from './host.ts'

/** What a client saw that asks every 10 ms. */
export interface Watched {
  readonly asked: number
  readonly failed: number
  /** From the last answer before the longest silence to the first one after it. */
  readonly gapMs: number
}

/** Asks until it is stopped. An answer counts when it carries a revision. */
export function watch(host: RigHost, port: number): { stop(): Promise<Watched> } {
  const began = performance.now()
  const good: number[] = []
  const open = new Set<Promise<void>>()
  let asked = 0
  let failed = 0
  const timer = setInterval(() => {
    asked++
    const at = performance.now() - began
    const one: Promise<void> = host.http(port).then(
      answer => {
        if (answer.status === 200 && answer.revision) good.push(at)
        else failed++
      },
      () => {
        failed++
      },
    )
    open.add(one)
    void one.then(() => open.delete(one))
  }, 10)
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      const times = [0, ...good.sort((a, b) => a - b), performance.now() - began]
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0))
      return { asked, failed, gapMs: Math.round(Math.max(...gaps)) }
    },
  }
}

/** What such a client saw while this went on. */
export async function watched<Result>(
  host: RigHost,
  port: number,
  act: () => Promise<Result>,
): Promise<{ readonly seen: Watched; readonly result: Result }> {
  const client = watch(host, port)
  try {
    const result = await act()
    return { seen: await client.stop(), result }
  } finally {
    await client.stop()
  }
}
