import type { Because } from '../because.ts'
import type { Host, Order } from '../order.ts'
import { readFacts } from '../plan/facts.ts'
import { activationOf, preparationOf } from '../plan/plan.ts'
import type { DryRun, HostRehearsal } from '../plan/rehearsal.ts'
import { look } from '../plan/steps.ts'
import { taken } from './host-work.ts'
import type { World } from './world.ts'

/** Looks at every host and plans as a deployment would; takes no lock. What only a fetch can show is not foreseen. */
export async function dryRun(world: World, order: Order): Promise<DryRun> {
  const digest = await world.store.recordedDigest(order.target)
  return { order, hosts: await Promise.all(order.hosts.map(host => rehearse(world, order, host, digest))) }
}

async function rehearse(
  world: World,
  order: Order,
  host: Host,
  digest: string | undefined,
): Promise<HostRehearsal> {
  const impossible = (step: string, because: Because): HostRehearsal => {
    return { kind: 'impossible', host: host.name, step, because }
  }
  const opening = await world.hosts.open(host, { kind: 'look' })
  if (opening.kind === 'closed') return impossible('connect', opening.because)
  try {
    const step = look(order, host)
    const seen = taken(await opening.session.run(step), step, world.secrets)
    if (seen.kind === 'stopped') return impossible('look', seen.because)
    const facts = readFacts(seen.output)
    const maker = { deployment: 'dry-run', by: 'dry-run' }
    const now = { host, digest, facts, maker, secretOf: world.secretOf }
    const preparation = preparationOf(order, now)
    if (preparation.kind === 'impossible') return impossible('look', preparation.because)
    const activation = activationOf(order, now)
    if (activation.kind === 'impossible') return impossible('look', activation.because)
    return {
      kind: 'planned',
      host: host.name,
      head: facts.head,
      preparation: preparation.moves,
      // A container deploy resets nothing.
      hasRevision: facts.hasRevision || order.kind === 'container',
      activation: activation.moves,
    }
  } finally {
    await opening.session.close()
  }
}
