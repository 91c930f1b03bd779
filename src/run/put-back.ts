import type { Cause, HostResult, Proof, Sighting } from '../host-result.ts'
import type { Order } from '../order.ts'
import { orderBack, planBack } from '../plan/back.ts'
import { activate } from './activate.ts'
import type { WayBack } from './back.ts'
import { endedAfter, faultOf, faulty, type HostPart, purposeOf, workOn } from './host-part.ts'

/** The same way back to what it had; what was proved of it stays known where it cannot be put back. */
export async function putBack(part: HostPart, way: WayBack, cause: Cause): Promise<HostResult> {
  const { host } = part
  const { previous, result } = way
  await part.record({
    kind: 'note',
    host: host.name,
    note: { kind: 'putting-back', revision: previous, cause },
  })
  const back = await goBack(part, way, cause).catch(error => faulty(part, error))
  if (result.status === 'succeeded') return stayedOr(part.deployment.order, back, result.proof, cause)
  if (back.status === 'unknown') return back
  if (back.status === 'put-back') {
    const served = back.proof === 'served' ? previous : undefined
    const now = { head: previous, served, container: 'running' }
    return { ...result, now, restored: { revision: previous, proof: back.proof } }
  }
  if (back.status !== 'failed') return result
  const { step, because, now } = back
  await part.record({ kind: 'note', host: host.name, note: { kind: 'also-stopped', step, because } })
  return { ...result, now }
}

async function goBack(part: HostPart, { previous, undo }: WayBack, cause: Cause): Promise<HostResult> {
  const { host, deployment, world } = part
  const opening = await world.hosts.open(host, purposeOf(part))
  if (opening.kind === 'closed')
    return { status: 'failed', step: 'put-back', because: opening.because, now: undefined }
  const work = workOn(part, opening.session)
  try {
    const back = { ...work, order: orderBack(deployment.order, previous) }
    const done = await activate(back, planBack(undo))
    if (done.kind === 'stopped') return await endedAfter(part, work, done)
    return { status: 'put-back', proof: done.proof, revision: previous, cause }
  } catch (error) {
    return await endedAfter(part, work, faultOf(error))
  } finally {
    await opening.session.close()
  }
}

/** One that could not be put back: what was proved stands, unless it was seen to have something else by now. */
function stayedOr(order: Order, back: HostResult, proof: Proof, cause: Cause): HostResult {
  if (back.status !== 'failed' && back.status !== 'unknown') return back
  const isAsBefore = back.now ? isThere(order, back.now) : back.step === 'put-back'
  return { ...back, stayed: { cause, proof: isAsBefore ? proof : undefined } }
}

function isThere(order: Order, now: Sighting): boolean {
  const containers = now.replicas ?? [now]
  return (
    now.head === order.revision &&
    containers.every(({ served, container, image }) => {
      if (container !== 'running' || (order.verify && served !== order.revision)) return false
      return order.kind === 'code' || image?.split('@').at(-1) === order.image.split('@').at(-1)
    })
  )
}
