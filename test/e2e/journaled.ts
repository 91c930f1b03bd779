import { until } from './rig/command.ts'
import type { RigHost } from './rig/host.ts'

/** Resolves at the step's line in the host's journal, counted from `since`. */
export function journaled(host: RigHost, since: number, target: string, step: string, edge: 'start' | 'end') {
  const wanted = new RegExp(` ${target}\\.production ${step} ${edge} `)
  const seen = async () =>
    host
      .journal()
      .slice(since)
      .some(line => wanted.test(line)) || undefined
  return until(`${target}: ${step} ${edge}`, seen)
}
