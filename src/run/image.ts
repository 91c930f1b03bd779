import type { ContainerFacts, Facts } from '../plan/facts.ts'
import { digestIn, isOrdered } from '../plan/image.ts'
import { digest } from '../plan/steps.ts'
import { type HostWork, type Stopped, stopped, takeQuietly } from './host-work.ts'

/** A new container that was proved must be made of exactly the image that was ordered (and approved). */
export async function otherImage(
  work: HostWork,
  name: string,
  found: ContainerFacts | undefined,
): Promise<Stopped | undefined> {
  const { order } = work
  if (order.kind === 'code') return undefined
  const seen = await takeQuietly(work, digest(found?.imageId ?? order.image))
  if (seen.kind === 'stopped') return seen
  if (found && isOrdered(seen.output, order.image)) return undefined
  return stopped(name, {
    kind: 'wrong-image',
    wanted: order.image,
    found: digestIn(seen.output, order.image) ?? found?.imageId,
  })
}

/** The image's digest is recorded, so that containers can be made again when somebody removes them. */
export async function digestOf(work: HostWork, containers: Facts['containers']): Promise<string | undefined> {
  if (work.order.kind !== 'code') return work.order.image
  const ids = new Set([...containers.values()].map(({ imageId }) => imageId))
  const [id, other] = ids
  if (id === undefined || other !== undefined) return undefined
  const image = await takeQuietly(work, digest(id))
  return image.kind === 'ok' ? digestIn(image.output, work.order.groups[0]?.image ?? '') : undefined
}
