import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Refused } from './refused.ts'

/** Every image can be had, at once and without a registry: there is nothing in it. */
export function pull(root: string, image: string): void {
  mkdirSync(join(root, 'docker'), { recursive: true })
  writeFileSync(fileOf(root), [...new Set([...pulled(root), digestOf(image)])].join('\n'))
}

/** What `docker image inspect` prints of one that was pulled, by name, digest or id. */
export function imageText(root: string, wanted: string): string {
  const image = pulled(root).find(each => each === digestOf(wanted) || each.endsWith(`@${wanted}`))
  if (image === undefined) throw new Refused(`Error: No such image: ${wanted}`)
  return `${JSON.stringify([{ Id: imageId(image), RepoDigests: [image], RepoTags: [] }], undefined, 2)}\n`
}

/** An image is no more than its name, so that is what its id is made of. */
export function imageId(image: string): string {
  return image.split('@')[1] ?? `sha256:${createHash('sha256').update(image).digest('hex')}`
}

function digestOf(image: string): string {
  return image.includes('@') ? image : `${image.replace(/:[^/:]*$/, '')}@${imageId(image)}`
}

function pulled(root: string): readonly string[] {
  const file = fileOf(root)
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
}

function fileOf(root: string): string {
  return join(root, 'docker/images')
}
