import type { Deployment, Ending } from '../deployment.ts'
import type { Offer } from '../event.ts'
import { offersAfter } from '../policy/offer.ts'
import { LOOK_BACK, newestBegun } from '../policy/rollback.ts'
import { findTarget } from '../policy/target.ts'
import type { Attempt } from '../ports/records/history.ts'
import type { Bot } from './bot.ts'

type Asked = Pick<Bot, 'config' | 'store'>

/** What people may do next after this deployment, once it is recorded to have ended so. */
export async function offersAt(
  { config, store }: Asked,
  { id, order }: Deployment,
  ending: Ending,
): Promise<readonly Offer[]> {
  const place = findTarget(order.target, config)
  if (place.kind === 'refused') return []
  const attempts = await store.attempts(order.target, LOOK_BACK)
  const ended = attempts.map(({ deployment, results }) => ({
    deployment: deployment.id === id ? { ...deployment, status: ending } : deployment,
    results,
  }))
  const offers = offersAfter(ended, place.value.target, id)
  const hold = await store.hold(order.target)
  return offers.filter(({ kind }) => kind !== 'lock' || hold === undefined)
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
  return { kind: 'offered', offers: end?.kind === 'ended' ? (end.offers ?? []) : [] }
}

type Offered =
  | { readonly kind: 'offered'; readonly offers: readonly Offer[] }
  | { readonly kind: 'overtaken'; readonly by: Deployment }
