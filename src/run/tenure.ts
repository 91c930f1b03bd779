import { setMaxListeners } from 'node:events'
import { LEASE_MS } from '../ports/store.ts'
import { hostsUntil } from './hosts-until.ts'
import type { World } from './world.ts'

/**
 * One run's right to act. It is cut once another process may have taken over: from then on no step goes to a host, the run's
 * sessions are ended, so that the hosts' shells end after their running step, and it records and tells nothing more.
 */
export interface Tenure {
  /** The world as this run may use it: its stop comes with the process's, or with the cut. */
  readonly world: World
  readonly isCut: () => boolean
  cut(): void
  /** A request to renew it, which began then by the monotonic clock, has succeeded. */
  renewed(began: number): void
  /**
   * Cuts it when it was not renewed for a whole lease. Around each step, too: a process that was stopped wakes in the middle of
   * one. Where no other bot takes over, each check renews it, whatever the records could be told: what is late then is this
   * process, for which hosts have waited no longer by now, and which takes up anew what it was at. A terminal that was faster is
   * met by the fence.
   */
  check(): void
  /** It acts no more: what it did has only to be recorded, for which it needs no right but its fence. */
  done(): void
  /** All is recorded. */
  end(): void
}

/** `began`: when the claim was asked for. `canLapse`: other bots may take over what is not renewed in the records. */
export function beginTenure(world: World, began: number, canLapse: boolean): Tenure {
  const asked = new AbortController()
  const over = new AbortController()
  // The process outlives many runs, and must not remember them.
  const ended = new AbortController()
  setMaxListeners(0, world.stop.asked, world.stop.over, over.signal)
  follow(asked, world.stop.asked, ended.signal)
  follow(over, world.stop.over, ended.signal)
  let since = began
  let isCut = false
  let isDone = false

  function cut(): void {
    if (isCut || isDone) return
    isCut = true
    asked.abort()
    over.abort()
  }

  function check(): void {
    const now = world.clock.monotonic()
    if (now - since >= LEASE_MS) cut()
    else if (!canLapse) since = now
  }

  return {
    world: {
      ...world,
      stop: { asked: asked.signal, over: over.signal },
      hosts: hostsUntil(over.signal, check, world.hosts),
      // What goes wrong after the cut is its doing.
      problem: (what, error) => {
        if (!isCut) world.problem(what, error)
      },
    },
    isCut: () => isCut,
    cut,
    renewed(at) {
      since = Math.max(since, at)
    },
    check,
    done() {
      isDone = true
    },
    end: () => ended.abort(),
  }
}

function follow(own: AbortController, signal: AbortSignal, until: AbortSignal): void {
  if (signal.aborted) own.abort()
  else signal.addEventListener('abort', () => own.abort(), { once: true, signal: until })
}
