import { isName } from '../intent/names.ts'
import type { Host } from '../order.ts'
import type { Problems } from './explain.ts'
import { NAME_RULE } from './leaf.ts'
import { hostSchema } from './schema.ts'
import type { Mapping } from './yaml.ts'

/** `names` holds faulty entries too: a service that names one is not at fault. */
export function readHosts(
  raw: Mapping,
  problems: Problems,
): { readonly hosts: ReadonlyMap<string, Host>; readonly names: readonly string[] } {
  const hosts = new Map<string, Host>()
  for (const [name, entry] of Object.entries(raw)) {
    const path = ['hosts', name]
    if (!isName(name)) problems.add(path, `is no name for a host: ${NAME_RULE}`)
    const parsed = hostSchema.safeParse(entry)
    if (!parsed.success) {
      problems.addAll(parsed.error, inside => [...path, ...inside])
      continue
    }
    const { address, port, user, host_key } = parsed.data
    hosts.set(name, { name, address, port, user, hostKeys: host_key ?? [] })
  }
  sameMachineSameUser(hosts, problems)
  return { hosts, names: Object.keys(raw) }
}

/** The host's lock lies in its user's home: two users on one machine would not see each other. */
function sameMachineSameUser(hosts: ReadonlyMap<string, Host>, problems: Problems): void {
  const first = new Map<string, Host>()
  for (const host of hosts.values()) {
    const machine = `${host.address.toLowerCase()} port ${host.port}`
    const other = first.get(machine)
    if (other !== undefined && other.user !== host.user) {
      problems.add(
        ['hosts', host.name, 'user'],
        `must be \`${other.user}\` like that of ${other.name}, which is the same machine (${machine}), but \`${host.user}\` was found. One machine has one deploy lock, kept by one user.`,
      )
    }
    first.set(machine, other ?? host)
  }
}
