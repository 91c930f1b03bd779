import { expect, test } from 'vitest'
import { revisionFrom } from '../../src/revision.ts'
import { makeOrigin, mirrorsOf, type Origin, targetOf } from './origin.ts'

async function mirrored(origin: Origin) {
  const mirrors = await mirrorsOf()
  await mirrors.resolve(targetOf(origin.directory), { kind: 'any', name: 'main' })
  return mirrors
}

test('the newest ten commits are named and all are counted', async () => {
  const origin = makeOrigin()
  const from = origin.commit('one')
  for (let number = 2; number <= 13; number++) origin.commit(`change ${number}`)
  const to = origin.revisionOf('main')
  const changes = await (await mirrored(origin)).changes(origin.directory, from, to)
  expect(changes).toMatchObject({ from, total: 12, removed: 0, compareUrl: undefined })
  expect(changes.commits).toHaveLength(10)
  expect(changes.commits[0]).toEqual({ revision: to, author: 'Ada', subject: 'change 13' })
  expect(changes.commits[9]?.subject).toBe('change 4')
})

test('files that differ are named, moved ones twice; a commit that is not there names none', async () => {
  const origin = makeOrigin()
  const from = origin.commit('one', { 'old name.txt': 'text' })
  origin.git('mv', 'old name.txt', 'new\nname.txt')
  const to = origin.commit('two')
  const mirrors = await mirrored(origin)
  expect(await mirrors.changedFiles(origin.directory, from, to)).toEqual(['new\nname.txt', 'old name.txt'])
  const unknown = revisionFrom('0123456789'.repeat(4))
  expect(unknown && (await mirrors.changedFiles(origin.directory, unknown, to))).toEqual([])
})

test('A13: authors and subjects come through as they are, whatever they hold', async () => {
  const subjects = ['<!channel> *hi* ```', '%H%x00 $(id) `id`', 'tab\there ünï ☃', 'x'.repeat(5_000)]
  const origin = makeOrigin()
  const from = origin.commit('one')
  origin.git('config', 'user.name', 'x')
  for (const subject of subjects) origin.commit(`${subject}\n\nbody\0`.replace('\0', ''))
  origin.git('commit', '-q', '--allow-empty', '--author', 'Eve <!here> <e@x>', '-m', '-n --format=%H')
  const { commits } = await (await mirrored(origin)).changes(
    origin.directory,
    from,
    origin.revisionOf('main'),
  )
  expect(commits.map(({ subject }) => subject)).toEqual([
    '-n --format=%H',
    `${'x'.repeat(199)}…`,
    ...subjects.slice(0, 3).reverse(),
  ])
  expect(commits[0]?.author).toContain('Eve')
})

test('a rollback tells what is taken away, a force-push both ways', async () => {
  const origin = makeOrigin()
  const base = origin.commit('base')
  origin.commit('old 1')
  const old = origin.commit('old 2')
  origin.git('branch', 'old')
  origin.git('reset', '-q', '--hard', base)
  const now = origin.commit('new')
  const mirrors = await mirrored(origin)
  expect(await mirrors.changes(origin.directory, old, base)).toMatchObject({
    commits: [],
    total: 0,
    removed: 2,
  })
  expect(await mirrors.changes(origin.directory, old, now)).toMatchObject({
    commits: [{ subject: 'new' }],
    total: 1,
    removed: 2,
  })
})

test.each([
  ['nothing was deployed', undefined],
  ['what runs is a commit that the mirror never saw', 'd'.repeat(40)],
  ['what runs is no commit', '--output=x'],
])('%s: no commits, and `from` as it came', async (_, from) => {
  const origin = makeOrigin()
  const to = origin.commit('one')
  const mirrors = await mirrored(origin)
  expect(await mirrors.changes(origin.directory, from, to)).toMatchObject({
    from,
    commits: [],
    total: 0,
    removed: 0,
  })
})

test('without a mirror there is still the page that compares', async () => {
  const mirrors = await mirrorsOf()
  const to = makeOrigin().commit('one')
  const from = 'd'.repeat(40)
  expect(await mirrors.changes('git@github.com:a/b.git', from, to)).toEqual({
    from,
    commits: [],
    total: 0,
    removed: 0,
    compareUrl: `https://github.com/a/b/compare/${from}...${to}`,
  })
})
