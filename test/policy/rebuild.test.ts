import { expect, it } from 'vitest'
import { rebuiltFor } from '../../src/policy/rebuild.ts'

it.each([
  ['a name in any folder', ['Dockerfile', 'docker/Dockerfile', 'Dockerfiles'], ['Dockerfile'], 2],
  [
    'a name with a star',
    ['requirements.txt', 'requirements-dev.txt', 'requirements.in'],
    ['requirements*.txt'],
    2,
  ],
  ['a path as a whole', ['deps/go.sum', 'x/deps/go.sum', 'go.sum'], ['deps/go.sum'], 1],
  ['no slash by a star', ['a/b/c.lock', 'a/c.lock'], ['a/*.lock'], 1],
  ['nothing without patterns', ['Dockerfile'], [], 0],
  ['a file once, however many patterns mean it', ['Dockerfile'], ['Dockerfile', 'Docker*'], 1],
])('a pattern means %s', (_, files, patterns, count) => {
  expect(rebuiltFor(files, patterns)).toHaveLength(count)
})
