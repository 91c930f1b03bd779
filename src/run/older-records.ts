import type { HostResult } from '../host-result.ts'
import type { Host } from '../order.ts'
import { beyondRecords, fenceFrom } from '../plan/fences.ts'
import type { Claimed } from '../ports/records/queue.ts'
import type { World } from './world.ts'

/**
 * A host turns us away because others were there later. Either these records gave it, to a run that has taken over, or a later
 * copy of them did: then they went back in time, which is for whoever runs the bot to mend, so the log has it, too.
 */
export async function explained(
  world: World,
  { fence, firstFence }: Pick<Claimed, 'fence' | 'firstFence'>,
  host: Host,
  result: HostResult,
): Promise<HostResult> {
  if (!('because' in result) || result.because.kind !== 'stale-fence') return result
  const { installation } = world.store
  const seen = fenceFrom(result.because.found)
  // A run that has taken over has a higher number than ours. One up to ours had been given before we drew ours.
  const isBehind = seen !== undefined && seen.number <= fence
  const given = isBehind ? firstFence - 1 : await world.store.lastFence().catch(() => undefined)
  const beyond = seen && given !== undefined && beyondRecords([seen], { installation, given })
  if (!beyond) return result
  const numbers = `${host.name} has seen attempt ${beyond.seen}, the records had given ${beyond.given} at most`
  world.problem('the database went back in time: see touchdown check', new Error(numbers))
  return { ...result, because: { kind: 'older-records', ...beyond } }
}
