/**
 * The order of hosts: every host prepares before any host switches, so an unreachable one changes nothing; then the first
 * switches alone, as the canary; then the rest together; the first failure keeps the others from starting.
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
export function startRollout(hosts: readonly string[], mayGoOn: () => Promise<boolean>): Rollout {
  const canary = hosts[0]
  const canaryHasSeeded = gate()
  const everyonePrepared = gate()
  const canaryIsGood = gate()
  const waiting = new Set(hosts)
  let isStopped = false

  return {
    async seeded(host, work) {
      if (host !== canary) await canaryHasSeeded.opened
      return work().finally(() => host === canary && canaryHasSeeded.open(true))
    },
    prepared(host, isReady) {
      // However far it came: nobody may wait for one that never pulls.
      if (host === canary) canaryHasSeeded.open(true)
      waiting.delete(host)
      if (!isReady) isStopped = true
      if (isStopped) everyonePrepared.open(false)
      else if (waiting.size === 0) everyonePrepared.open(true)
    },
    async turn(host) {
      if (!(await everyonePrepared.opened)) return false
      if (host !== canary && !(await canaryIsGood.opened)) return false
      // Records that cannot be asked give no turn: nobody may wait for one that never comes.
      const may = !isStopped && (await mayGoOn().catch(() => false))
      if (!may && host === canary) canaryIsGood.open(false)
      return may
    },
    switched(host, isGood) {
      if (!isGood) isStopped = true
      if (host === canary) canaryIsGood.open(isGood)
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
