import type { Config } from '../config/config.ts'
import type { Host } from '../order.ts'
import { beyondRecords, readFences, type SeenFence } from '../plan/fences.ts'
import { fences } from '../plan/steps.ts'
import type { HostSession, Hosts } from '../ports/hosts.ts'
import type { Store } from '../ports/store.ts'
import { caughtUpText } from '../sentences/older-records.ts'

/**
 * For records that are an older copy: asks every host which attempts it has seen, and lets the records give higher numbers from
 * now on. What waits in them is cancelled: by its new number the hosts would let it over what came after it. 0: all hosts were asked.
 */
export async function catchUp(parts: {
  readonly config: Config
  readonly hosts: Hosts
  readonly store: Pick<Store, 'installation' | 'lastFence' | 'raiseFence'>
  readonly by: string
  readonly print: (text: string) => void
}): Promise<number> {
  const { config, hosts, store, by, print } = parts
  const asked = await Promise.all(
    [...config.hosts.values()].map(async host => ({ host, seen: await seenBy(hosts, host) })),
  )
  const unasked = asked.flatMap(({ host, seen }) => (seen ? [] : [host.name]))
  const beyond = beyondRecords(
    asked.flatMap(({ seen }) => seen ?? []),
    { installation: store.installation, given: await store.lastFence() },
  )
  const stopped = beyond ? await store.raiseFence(beyond.seen, by) : []
  print(caughtUpText(beyond, stopped, unasked))
  return unasked.length === 0 ? 0 : 1
}

async function seenBy(hosts: Hosts, host: Host): Promise<readonly SeenFence[] | undefined> {
  const opening = await hosts.open(host, { kind: 'look' })
  if (opening.kind === 'closed') return undefined
  return fencesOn(opening.session).finally(opening.session.close)
}

/** Undefined: it could not be asked. */
export async function fencesOn(session: HostSession): Promise<readonly SeenFence[] | undefined> {
  const outcome = await session.run(fences())
  return outcome.status === 'ok' ? readFences(outcome.output) : undefined
}
