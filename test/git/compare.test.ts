import { expect, test } from 'vitest'
import { compareUrl } from '../../src/git/compare.ts'

const GITHUB = 'https://github.com/driftyco/creator/compare/a1...b2'
const GITLAB = 'https://gitlab.com/group/sub/app/-/compare/a1...b2'

test.each([
  ['git@github.com:driftyco/creator.git', GITHUB],
  ['git@github.com:driftyco/creator', GITHUB],
  ['ssh://git@github.com/driftyco/creator.git', GITHUB],
  ['ssh://git@ssh.github.com:443/driftyco/creator.git', GITHUB],
  ['https://github.com/driftyco/creator.git', GITHUB],
  ['https://token:secret@github.com/driftyco/creator/', GITHUB],
  ['git@gitlab.com:group/sub/app.git', GITLAB],
  ['https://gitlab.com/group/sub/app', GITLAB],
  ['ssh://git@gitlab.example.com:2222/g/app.git', 'https://gitlab.example.com/g/app/-/compare/a1...b2'],
  ['https://gitlab.example.com:8443/g/app.git', 'https://gitlab.example.com:8443/g/app/-/compare/a1...b2'],
])('%s has its compare page', (repo, url) => {
  expect(compareUrl(repo, 'a1', 'b2')).toBe(url)
})

test.each([
  'git@git.example.com:app.git',
  'ssh://git@notgithub.com/a/b',
  'git@github.com.evil.example:a b/c',
  '/srv/git/app.git',
  'file:///srv/git/app.git',
  'https://github.com/<!channel>/x',
])('%s has none', repo => {
  expect(compareUrl(repo, 'a1', 'b2')).toBeUndefined()
})
