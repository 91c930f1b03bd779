import type { Order } from '../order.ts'

/**
 * The order of hosts: every host prepares before any host switches, so an unreachable one changes nothing; then the first
 * switches alone, as the canary; then the others in batches. The first failure keeps the others from starting, unless they are
 * to go on: then whoever cannot take part is left out, and the first that can is the canary.
 */
export interface Rollout {
  /** What the first host does alone, and the others then together: what it pulls is near, or in a mirror, for them. */
  seeded<Value>(host: string, work: () => Promise<Value>): Promise<Value>
  /** Called by every host, the first word counts; false: it cannot take part. */
  prepared(host: string, isReady: boolean): void
  /** Resolves when it is this host's turn to switch (true), or when its turn will never come (false). */
  turn(host: string): Promise<boolean>
  /** Called by every host that had its turn, the first word counts. */
  switched(host: string, isGood: boolean): void
}

/** `mayGoOn` is asked before each turn is given: false after a cancel, and once the process is to stop. */
export function startRollout(
  hosts: readonly string[],
  { batch = hosts.length, onFailure }: Pick<Order, 'batch' | 'onFailure'>,
  mayGoOn: () => Promise<boolean>,
): Rollout {
  const first = hosts[0]
  const firstHasSeeded = gate()
  const turns = new Map(hosts.map(host => [host, gate()]))
  const preparing = new Set(hosts)
  const unfit = new Set<string>()
  const switching = new Set<string>()
  let line: readonly string[] = []
  let isStopped = false

  function failed(): void {
    if (onFailure !== 'continue') stop()
  }

  /** Who has a turn already keeps it. */
  function stop(): void {
    isStopped = true
    for (const turn of turns.values()) turn.open(false)
  }

  function begin(): void {
    line = hosts.filter(host => !unfit.has(host))
    next(1)
  }

  function next(size: number): void {
    for (const host of line.slice(0, size)) {
      switching.add(host)
      turns.get(host)?.open(true)
    }
    line = line.slice(size)
  }

  return {
    async seeded(host, work) {
      if (host !== first) await firstHasSeeded.opened
      return work().finally(() => host === first && firstHasSeeded.open(true))
    },
    prepared(host, isReady) {
      // However far it came: nobody may wait for one that never pulls.
      if (host === first) firstHasSeeded.open(true)
      if (!preparing.delete(host)) return
      if (!isReady) {
        unfit.add(host)
        failed()
      }
      if (preparing.size === 0 && !isStopped) begin()
    },
    async turn(host) {
      if (!(await turns.get(host)?.opened)) return false
      // Records that cannot be asked give no turn: nobody may wait for one that never comes.
      const may = !isStopped && (await mayGoOn().catch(() => false))
      if (!may) stop()
      return may
    },
    switched(host, isGood) {
      if (!switching.delete(host)) return
      if (!isGood) failed()
      if (switching.size === 0 && !isStopped) next(batch)
    },
  }
}

function gate(): { opened: Promise<boolean>; open: (value: boolean) => void } {
  let open: (value: boolean) => void = () => {}
  const opened = new Promise<boolean>(resolve => {
    open = resolve
  })
  return { opened, open }
}
