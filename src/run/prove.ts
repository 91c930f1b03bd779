import type { Because } from '../because.ts'
import type { Proof } from '../host-result.ts'
import type { Proving } from '../plan/moves.ts'
import type { Count } from '../plan/proof.ts'
import type { Step } from '../step.ts'
import { lookBefore } from './before-touch.ts'
import { type HostWork, type Stopped, stopped } from './host-work.ts'
import { isStopped, observer } from './observe.ts'
import { type Subject, type Touches, touchAgain, watchUntilProved } from './watch.ts'

/** One container that is about to be proved. */
export interface Watched {
  readonly proving: Proving
  readonly url: string | undefined
  /** Reloads counted before a reset that set one off by itself. */
  readonly beforeReset: Count | undefined
}

/** The reload file of all these containers is touched; each can be asked for the best proof that it can give. */
export interface Touched {
  readonly kind: 'touched'
  proofOf(index: number): Promise<{ kind: 'proved'; proof: Proof } | Stopped>
}

/** What can be proved after the touch is decided by what is true of each container before it. */
export async function touchFor(
  work: HostWork,
  touch: Step | undefined,
  watched: readonly Watched[],
): Promise<Touched | Stopped> {
  const subjects: Subject[] = []
  for (const { proving, url, beforeReset } of watched) {
    const eye = observer(work, proving, url)
    const before = await lookBefore(work, proving, eye, beforeReset)
    if (before.kind === 'stopped') return before
    subjects.push({ proving, eye, before })
  }
  const touches = { step: touch, count: 0, lastMs: work.clock.monotonic() }
  if (touch) {
    const touched = await touchAgain(work, touches)
    if (touched.kind === 'stopped') return touched
  }
  return {
    kind: 'touched',
    async proofOf(index) {
      const subject = subjects[index]
      return subject ? proofOf(work, subject, touches) : stopped('verify', NO_SUBJECT)
    },
  }
}

const NO_SUBJECT: Because = { kind: 'fault', detail: 'nothing was watched' }

async function proofOf(
  work: HostWork,
  subject: Subject,
  touches: Touches,
): Promise<{ kind: 'proved'; proof: Proof } | Stopped> {
  const { proving, eye, before } = subject
  const end = await watchUntilProved(work, subject, touches)
  if (end.kind === 'stopped') return end
  if (end.proof !== 'running') return end
  const startedAt = await eye.startOf()
  if (isStopped(startedAt)) return startedAt
  // Not running before and not running now is no proof of running.
  if (startedAt !== undefined && startedAt === before.startedAt) return end
  return stopped(proving.name, { kind: 'container-restarted', container: proving.replica.name })
}
