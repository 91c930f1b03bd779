import type { Target } from '../config/config.ts'
import type { Offer } from '../event.ts'
import type { Attempt } from '../ports/records/history.ts'
import { pastOf } from './releases.ts'
import { hostsToRetry } from './retry.ts'
import { type KnownRelease, rollbackTo } from './rollback.ts'

/**
 * What is offered at the end of a deployment, of which the attempts (newest first) show how it ended: to do it again where it did
 * not succeed, to go back from what it has left on hosts, or after a rollback to lock the target.
 */
export function offersAfter(
  attempts: readonly Attempt[],
  target: Pick<Target, 'service' | 'environment' | 'hosts'>,
  id: string,
): readonly Offer[] {
  const hosts = hostsToRetry(attempts, id)
  const names = hosts.kind === 'yes' ? hosts.value.map(({ name }) => name) : []
  return [
    ...(names.length > 0 ? [{ kind: 'retry', hosts: names } as const] : []),
    ...fromThere(attempts, target, id),
  ]
}

function fromThere(
  attempts: readonly Attempt[],
  target: Pick<Target, 'service' | 'environment' | 'hosts'>,
  id: string,
): readonly Offer[] {
  const { states, isSame } = pastOf(attempts, target.hosts)
  const last = states.at(-1)
  if (last?.id !== id) return []
  if (last.isRollback) {
    // Not an attempt before at the same rollback.
    const from = states.findLast(state => !isSame(state, last))
    return last.hasEndedWell && from ? [{ kind: 'lock', from: from.revision }] : []
  }
  const release = rollbackTo(attempts, target, undefined)
  return release.kind === 'yes' ? [offerOf(release.value, target)] : []
}

/** What a button says that it brings back. */
function offerOf(
  { revision, container }: KnownRelease,
  { hosts }: Pick<Target, 'hosts'>,
): Offer & { readonly kind: 'rollback' } {
  const image = container === 'there' ? undefined : container.image
  return { kind: 'rollback', revision, image, hosts: hosts.map(({ name }) => name) }
}

/** Whether the button of one of these offers said what would be brought back now. */
export function isAsOffered(
  release: KnownRelease,
  target: Pick<Target, 'hosts'>,
  offers: readonly Offer[],
): boolean {
  const now = offerOf(release, target)
  return offers.some(
    offer =>
      offer.kind === 'rollback' &&
      offer.revision === now.revision &&
      offer.image === now.image &&
      offer.hosts.join() === now.hosts.join(),
  )
}
