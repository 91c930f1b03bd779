import type { Registry, SwapOrder } from '../order.ts'

/** Where an image may be pulled from, and how that registry is entered when it wants a password. */
export interface Source {
  readonly image: string
  readonly registry: Registry | undefined
}

/** The registry that an image's name begins with; Docker takes one without a dot or port for a user of its own hub. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/')
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : 'docker.io'
}

/** Those that one of the images comes from. */
export function registriesOf(
  images: readonly string[],
  registries: readonly Registry[],
): readonly Registry[] {
  const names = images.map(registryOf)
  return registries.filter(({ name }) => names.includes(name))
}

/** Mirrors first, the image's own registry last. */
export function sourcesOf({
  image,
  mirrors,
  registries,
}: Pick<SwapOrder, 'image' | 'mirrors' | 'registries'>): readonly Source[] {
  return [...mirrors, image].map(each => ({
    image: each,
    registry: registries.find(({ name }) => name === registryOf(each)),
  }))
}

/** `repo:tag@sha256:…` → `repo`. */
export function repositoryOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')
}

/** The same tag or digest in another repository. */
export function imageAt(repository: string, image: string): string {
  return `${repository}${image.slice(repositoryOf(image).length)}`
}

/** `docker image inspect` lists a digest per repository that the image was pulled from or pushed to; ours is wanted. */
export function digestIn(output: string, image: string): string | undefined {
  const digests = [...output.matchAll(/"([^"\s]+@sha256:[0-9a-f]{64})"/g)].map(([, text = '']) => text)
  return digests.find(text => text.startsWith(`${repositoryOf(image)}@`)) ?? digests[0]
}

/** Whether `docker image inspect` tells of exactly the image that was ordered, wherever it was pulled from. */
export function isOrdered(output: string, ordered: string): boolean {
  const [, digest = ''] = ordered.split('@')
  return digest === '' ? imageId(output) === ordered : output.includes(`@${digest}"`)
}

/** `sha256:…` of the image's configuration: only this machine knows it. */
export function imageId(output: string): string | undefined {
  return /"Id": ?"(sha256:[0-9a-f]{64})"/.exec(output)?.[1]
}
