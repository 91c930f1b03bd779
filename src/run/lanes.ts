import PQueue from 'p-queue'
import type { Host } from '../order.ts'

/** One piece of work at a time per machine, in this process; the host's own lock holds across processes. */
export interface Lanes {
  run<Value>(host: Host, work: () => Promise<Value>): Promise<Value>
}

export function openLanes(): Lanes {
  const lanes = new Map<string, PQueue>()
  return {
    run(host, work) {
      const key = `${host.address}:${host.port}`
      const lane = lanes.get(key) ?? new PQueue({ concurrency: 1 })
      lanes.set(key, lane)
      return lane.add(work)
    },
  }
}
