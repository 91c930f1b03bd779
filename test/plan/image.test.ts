import { describe, expect, it } from 'vitest'
import { imageAt, isOrdered, registryOf, repositoryOf } from '../../src/plan/image.ts'

const SHA = `sha256:${'a'.repeat(64)}`

it.each([
  ['alpine', 'docker.io'],
  ['team/app:1', 'docker.io'],
  ['localhost/app', 'localhost'],
  ['localhost:5000/app', 'localhost:5000'],
  ['registry.example.com/team/app:1', 'registry.example.com'],
])('the registry of %s is %s', (image, registry) => {
  expect(registryOf(image)).toBe(registry)
})

it.each([
  ['localhost:5000/app', 'localhost:5000/app', ''],
  ['localhost:5000/app:1', 'localhost:5000/app', ':1'],
  [`r.example/app:1@${SHA}`, 'r.example/app', `:1@${SHA}`],
])('%s is in the repository %s, and at the same place of others', (image, repository, rest) => {
  expect(repositoryOf(image)).toBe(repository)
  expect(imageAt('mirror/app', image)).toBe(`mirror/app${rest}`)
})

describe('an image is the ordered one', () => {
  const inspected = (digests: readonly string[]) =>
    JSON.stringify([{ Id: SHA, RepoDigests: digests }], null, 4)
  it('by its digest, wherever it was pulled from', () => {
    expect(isOrdered(inspected([`mirror/app@${SHA}`]), `r.example/app@${SHA}`)).toBe(true)
    expect(isOrdered(inspected([`r.example/app@sha256:${'b'.repeat(64)}`]), `r.example/app@${SHA}`)).toBe(
      false,
    )
    expect(isOrdered(inspected([]), `r.example/app@${SHA}`)).toBe(false)
  })
  it('by its id, when no registry knows it', () => {
    expect(isOrdered(inspected([]), SHA)).toBe(true)
    expect(isOrdered(inspected([]), `sha256:${'b'.repeat(64)}`)).toBe(false)
  })
})
