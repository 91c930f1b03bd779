import type { Deployment, Ending } from '../deployment.ts'
import type { Offer } from '../event.ts'
import { offerAfter } from '../policy/offer.ts'
import { LOOK_BACK, newestBegun } from '../policy/rollback.ts'
import { findTarget } from '../policy/target.ts'
import type { Attempt } from '../ports.ts'
import type { Bot } from '../touchdown.ts'

type Asked = Pick<Bot, 'config' | 'store'>

/** What people may do next after this deployment, once it is recorded to have ended so. */
export async function offerAt(
  { config, store }: Asked,
  { id, order }: Deployment,
  ending: Ending,
): Promise<Offer | undefined> {
  const place = findTarget(order.target, config)
  if (place.kind === 'refused') return undefined
  const attempts = await store.attempts(order.target, LOOK_BACK)
  const ended = attempts.map(({ deployment, results }) => ({
    deployment: deployment.id === id ? { ...deployment, status: ending } : deployment,
    results,
  }))
  const offer = offerAfter(ended, place.value.target, id)
  return offer?.kind === 'lock' && (await store.hold(order.target)) ? undefined : offer
}

/** What the end of this deployment offers, unless by the target's attempts (newest first) another one has begun since. */
export async function offered(
  { store }: Pick<Bot, 'store'>,
  attempts: readonly Attempt[],
  id: string,
): Promise<Offered> {
  const begun = newestBegun(attempts)
  if (begun && begun.id !== id) return { kind: 'overtaken', by: begun }
  const events = await store.events(id)
  const end = events.find(({ event }) => event.kind === 'ended')?.event
  return { kind: 'offered', offer: end?.kind === 'ended' ? end.offer : undefined }
}

type Offered =
  | { readonly kind: 'offered'; readonly offer: Offer | undefined }
  | { readonly kind: 'overtaken'; readonly by: Deployment }
