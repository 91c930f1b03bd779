import type { Tenure } from './tenure.ts'
import type { World } from './world.ts'

/** Three tries before a lease is over. */
const RENEW_EVERY_MS = 4_000
/** How late a run may be cut that is just waiting for its host. */
const CHECK_EVERY_MS = 1_000

interface Held {
  readonly deployment: { readonly id: string }
  readonly tenure: Tenure
}

/**
 * Renews this process's claims by a timer of its own, so that it waits for no sweep, Slack or host, and cuts those that have
 * another owner by now, or may have.
 */
export function startRenewal(
  { store, clock, problem }: Pick<World, 'store' | 'clock' | 'problem'>,
  owner: string,
  held: () => readonly Held[],
): { stop(): void } {
  let isRenewing = false
  let began = clock.monotonic()

  function check(): void {
    for (const { tenure } of held()) tenure.check()
    if (isRenewing || clock.monotonic() - began < RENEW_EVERY_MS) return
    isRenewing = true
    began = clock.monotonic()
    renew(began)
      .catch(error => problem('claims on running deployments could not be renewed', error))
      .finally(() => {
        isRenewing = false
      })
  }

  async function renew(at: number): Promise<void> {
    const asked = held().filter(({ tenure }) => !tenure.world.stop.over.aborted)
    if (asked.length === 0) return
    const ours = new Set(
      await store.renew(
        owner,
        asked.map(({ deployment }) => deployment.id),
      ),
    )
    for (const { deployment, tenure } of asked) {
      if (ours.has(deployment.id)) tenure.renewed(at)
      else tenure.cut()
    }
  }

  const timer = setInterval(check, CHECK_EVERY_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
