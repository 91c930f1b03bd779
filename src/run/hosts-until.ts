import type { Answer, HostSession, Hosts, Opening } from '../ports/hosts.ts'
import type { StepOutcome } from '../step.ts'

/**
 * The same hosts until the signal: then open sessions are ended, no step is begun, and nobody waits for what a host still does.
 * `check` is called before each step and before its end is heard, and may be what gives the signal.
 */
export function hostsUntil(over: AbortSignal, check: () => void, hosts: Hosts): Hosts {
  const gone = new Promise<void>(resolve => over.addEventListener('abort', () => resolve(), { once: true }))

  /** What is given instead once it is over, at the latest then. */
  async function unlessOver<Value>(instead: Value, work: () => Promise<Value>): Promise<Value> {
    check()
    if (over.aborted) return instead
    const heard = await Promise.race([work(), gone.then(() => instead)])
    check()
    return over.aborted ? instead : heard
  }

  function until(session: HostSession): HostSession {
    over.addEventListener('abort', () => void session.close(), { once: true })
    return {
      run: step => unlessOver(CUT, () => session.run(step)),
      ask: (url, timeoutMs) => unlessOver(UNASKED, () => session.ask(url, timeoutMs)),
      close: () => session.close(),
    }
  }

  async function opened(opening: Opening): Promise<Opening> {
    if (opening.kind === 'closed') return opening
    if (!over.aborted) return { kind: 'open', session: until(opening.session) }
    await opening.session.close()
    return SHUT
  }

  return {
    open: (host, purpose) => unlessOver(SHUT, () => hosts.open(host, purpose).then(opened)),
    close: () => hosts.close(),
  }
}

const DETAIL = 'this process may not go on with it'
const CUT: StepOutcome = { status: 'unknown', why: 'link-lost', sequence: '', output: '', durationMs: 0 }
const UNASKED: Answer = { status: 'unanswered', detail: DETAIL, linkLost: true }
const SHUT: Opening = { kind: 'closed', because: { kind: 'no-session', detail: DETAIL } }
