import type { Config, Target } from '../config/config.ts'
import type { Host } from '../order.ts'
import type { TargetId } from '../target.ts'
import { replicasOf } from './replica.ts'

/** Targets that would get in each other's way on one machine, or users who would not see each other's lock. */
export type Clash =
  | {
      readonly kind: 'path' | 'container'
      /** The path, or the container's name. */
      readonly what: string
      readonly targets: readonly TargetId[]
      readonly hosts: readonly string[]
    }
  | { readonly kind: 'users'; readonly hosts: readonly Host[] }

/**
 * `offered`: what tells host keys apart, by host name, for the hosts whose key is known. Entries with one host key, or
 * with one address and port, are one machine.
 */
export function clashesIn(config: Config, offered: ReadonlyMap<string, string>): readonly Clash[] {
  const machineOf = (host: Host) => offered.get(host.name) ?? `${host.address.toLowerCase()} ${host.port}`
  return [...userClashes(config, machineOf), ...targetClashes(config, machineOf)]
}

type MachineOf = (host: Host) => string

function userClashes(config: Config, machineOf: MachineOf): readonly Clash[] {
  return [...grouped([...config.hosts.values()], machineOf).values()]
    .filter(hosts => new Set(hosts.map(host => host.user)).size > 1)
    .map(hosts => ({ kind: 'users', hosts }))
}

interface Use {
  readonly kind: 'path' | 'container'
  readonly what: string
  readonly target: Target
  readonly host: Host
}

function targetClashes(config: Config, machineOf: MachineOf): readonly Clash[] {
  const targets = [...config.services.values()].flatMap(service => [...service.targets.values()])
  const shared = [...grouped(targets.flatMap(usesOf), use => placeKey(use, machineOf(use.host))).values()]
    .map(uses => ({ uses, targets: [...new Set(uses.map(use => use.target))] }))
    .filter(({ targets: users }) => users.length > 1)
  // The same two services on forty hosts are one thing to correct.
  const samePair = (entry: (typeof shared)[number]) =>
    JSON.stringify([entry.uses[0]?.kind, entry.uses[0]?.what, entry.targets.map(idOf)])
  return [...grouped(shared, samePair).values()].flatMap(entries => {
    const [first] = entries
    const use = first?.uses[0]
    if (!first || !use) return []
    const hosts = [...new Set(entries.flatMap(entry => entry.uses.map(({ host }) => host.name)))]
    return [{ kind: use.kind, what: use.what, targets: first.targets.map(idOf), hosts }]
  })
}

function usesOf(target: Target): readonly Use[] {
  return target.hosts.flatMap(host => [
    { kind: 'path', what: target.path, target, host } as const,
    ...replicasOf(target).map(({ name }) => ({ kind: 'container', what: name, target, host }) as const),
  ])
}

function placeKey({ kind, what }: Use, machine: string): string {
  return JSON.stringify([machine, kind, what])
}

function idOf({ service, environment }: Target): TargetId {
  return { service, environment }
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
