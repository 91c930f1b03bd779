import type { Host, HostResult } from '../deployment.ts'
import { beyondRecords, fenceFrom } from '../plan/fences.ts'
import type { World } from './deploy.ts'

/**
 * A host turns us away because it has seen a higher number. Either these records gave it, to a run that has taken over, or a later
 * copy of them did: then they went back in time, which is for whoever runs the bot to mend, so the log has it, too.
 */
export async function explained(world: World, host: Host, result: HostResult): Promise<HostResult> {
  if (!('because' in result) || result.because.kind !== 'stale-fence') return result
  const { installation } = world.store
  const seen = fenceFrom(result.because.found)
  const given = await world.store.lastFence().catch(() => undefined)
  const beyond = seen && given !== undefined && beyondRecords([seen], { installation, given })
  if (!beyond) return result
  const numbers = `${host.name} has seen attempt ${beyond.seen}, the records have given ${beyond.given} at most`
  world.problem('the database went back in time: see touchdown check', new Error(numbers))
  return { ...result, because: { kind: 'older-records', ...beyond } }
}
