import type { HostResult } from '../host-result.ts'
import { activate } from './activate.ts'
import type { Before, Part } from './back.ts'
import { endedAfter, faultOf, faulty, type HostPart, purposeOf, workOn } from './host-part.ts'
import type { Stopped } from './host-work.ts'
import { digestOf } from './image.ts'
import { prepare } from './prepare.ts'
import type { Rollout } from './rollout.ts'

/** Where a host stands among the others, and what it had when an attempt that died has changed it before. */
export interface Place {
  readonly rollout: Rollout
  readonly before: Before | undefined
}

/** One host's part and its place in the row. A fault of ours is this host's unknown end, never the end of the others. */
export async function deployOn(part: HostPart, place: Place): Promise<Part> {
  const { host } = part
  const { rollout } = place
  let hadTurn = false
  const turn = async () => {
    hadTurn = await rollout.turn(host.name)
    return hadTurn
  }
  const done = await deployInTurn(part, place, turn).catch(error => only(faulty(part, error)))
  const { status } = done.result
  rollout.prepared(host.name, hadTurn || status === 'untouched')
  if (hadTurn) rollout.switched(host.name, status === 'succeeded')
  return done
}

function only(result: HostResult, before?: Before): Part {
  return { result, before, undo: [] }
}

/** From connect to proof. */
async function deployInTurn(part: HostPart, place: Place, turn: () => Promise<boolean>): Promise<Part> {
  const { host, world } = part
  const { rollout } = place
  const purpose = purposeOf(part)
  const opening = await world.hosts.open(host, purpose)
  if (opening.kind === 'closed') return only(notOpened(opening.because))
  const work = workOn(part, opening.session)
  let { before } = place
  const ended = async (stop: Stopped) => only(await endedAfter(part, work, stop), before)
  try {
    const ready = await prepare(work, {
      fetch: fetch => world.fetches.add(fetch),
      pull: pull => rollout.seeded(host.name, pull),
    })
    rollout.prepared(host.name, ready.kind === 'prepared')
    if (ready.kind === 'stopped') return await ended(ready)
    if (!(await turn())) return only({ status: 'untouched' })
    if (before === undefined) {
      before = { head: ready.head }
      await part.record({ kind: 'turn', host: host.name, head: ready.head })
    }
    const done = await activate(work)
    if (done.kind === 'stopped') return await ended(done)
    // The next hosts need not wait for what is only recorded.
    rollout.switched(host.name, true)
    const digest = await digestOf(work, done.containers)
    if (digest === undefined) work.note({ kind: 'digest-unknown' })
    const result = { status: 'succeeded', proof: done.proof, previous: before.head, digest } as const
    return { result, before, undo: done.undo }
  } catch (error) {
    return await ended(faultOf(error))
  } finally {
    await opening.session.close()
  }
}

function notOpened(because: Stopped['because']): HostResult {
  return { status: 'failed', step: 'connect', because, now: undefined }
}
