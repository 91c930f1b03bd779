import { expect, test } from 'vitest'
import type { TypedRef } from '../../src/intent/intent.ts'
import { makeOrigin, mirrorsOf, targetOf } from './origin.ts'

function any(name: string): TypedRef {
  return { kind: 'any', name }
}

function resolved(revision: string, branch: string | undefined, shown: string) {
  return { kind: 'yes', value: { revision, branch, shown } }
}

function refused(refusal: object) {
  return { kind: 'refused', refusal: { service: 'app', ...refusal } }
}

test('a branch is the commit that it names now, also after a push and a force-push', async () => {
  const origin = makeOrigin()
  const mirrors = await mirrorsOf()
  const target = targetOf(origin.directory)
  const first = origin.commit('one')
  expect(await mirrors.resolve(target, any('main'))).toEqual(resolved(first, 'main', 'main'))
  const second = origin.commit('two')
  expect(await mirrors.resolve(target, any('main'))).toEqual(resolved(second, 'main', 'main'))
  origin.git('reset', '-q', '--hard', first)
  const other = origin.commit('three')
  expect(await mirrors.resolve(target, any('main'))).toEqual(resolved(other, 'main', 'main'))
})

test('tags are peeled down to their commit, tags of tags too', async () => {
  const origin = makeOrigin()
  const first = origin.commit('one')
  origin.git('tag', 'light')
  origin.git('tag', '-a', '-m', 'x', 'v1')
  origin.git('tag', '-a', '-m', 'x', 'signed-off', 'v1')
  origin.git('tag', 'of-a-tree', 'HEAD^{tree}')
  origin.commit('two')
  const mirrors = await mirrorsOf()
  const target = targetOf(origin.directory)
  for (const name of ['light', 'v1', 'signed-off']) {
    expect(await mirrors.resolve(target, any(name))).toEqual(resolved(first, 'main', `tag ${name}`))
  }
  expect(await mirrors.resolve(target, any('of-a-tree'))).toMatchObject(refused({ reason: 'unknown-ref' }))
})

test('A7: a name that is both branch and tag is refused with the two ways to say it', async () => {
  const origin = makeOrigin()
  const first = origin.commit('one')
  origin.git('tag', 'v1')
  origin.git('checkout', '-q', '-b', 'v1')
  const second = origin.commit('two')
  const mirrors = await mirrorsOf()
  const target = targetOf(origin.directory)
  expect(await mirrors.resolve(target, any('v1'))).toEqual(
    refused({ reason: 'ambiguous-ref', ref: 'v1', choices: ['branch:v1', 'tag:v1'] }),
  )
  expect(await mirrors.resolve(target, { kind: 'branch', name: 'v1' })).toEqual(resolved(second, 'v1', 'v1'))
  expect(await mirrors.resolve(target, { kind: 'tag', name: 'v1' })).toEqual(
    resolved(first, 'main', 'tag v1'),
  )
})

test('A3, A6: branches with evil names on the server change nothing for the others', async () => {
  const origin = makeOrigin()
  const good = origin.commit('good')
  origin.git('checkout', '-q', '--detach')
  const evil = origin.commit('evil')
  const names = [
    'a;b',
    'a$(id)',
    'a`id`',
    "a'b",
    'a&b',
    'evil/main',
    'x/refs/heads/main',
    'refs/heads/main',
    '-x',
  ]
  for (const name of names) origin.git('update-ref', `refs/heads/${name}`, evil)
  const mirrors = await mirrorsOf()
  const target = targetOf(origin.directory)
  for (const name of ['main', 'refs/heads/main']) {
    expect(await mirrors.resolve(target, any(name))).toEqual(resolved(good, 'main', 'main'))
  }
  // Typed words never come this far (the grammar refuses them); here they are names like all others, and no branch for hosts.
  expect(await mirrors.resolve(target, any('a;b'))).toEqual(resolved(evil, undefined, 'a;b'))
  expect(await mirrors.resolve(target, any('-x'))).toEqual(resolved(evil, undefined, '-x'))
  expect(await mirrors.resolve(target, any(evil))).toMatchObject({ value: { branch: 'evil/main' } })
})

test.each([
  '--upload-pack=touch x',
  'main:x',
  '+main',
  'ma*n',
  'main@{0}',
  'main~0',
  'HEAD',
  '@',
  '../x',
  'heads/main',
  'MAIN',
])('A1, A2, A5: %s is no name that the mirror holds', async name => {
  const origin = makeOrigin()
  origin.commit('one')
  const mirrors = await mirrorsOf()
  expect(await mirrors.resolve(targetOf(origin.directory), any(name))).toMatchObject(
    refused({ reason: 'unknown-ref', ref: name }),
  )
})

test('an unknown name is refused with the nearest ones that may be deployed', async () => {
  const origin = makeOrigin()
  origin.commit('one')
  origin.git('branch', 'release/2')
  origin.git('branch', 'secret/2')
  const mirrors = await mirrorsOf()
  const target = targetOf(origin.directory, { refs: ['release/*', 'main'] })
  expect(await mirrors.resolve(target, any('mian'))).toEqual(
    refused({ reason: 'unknown-ref', ref: 'mian', near: ['main'] }),
  )
  expect(await mirrors.resolve(target, any('relaese/2'))).toEqual(
    refused({ reason: 'unknown-ref', ref: 'relaese/2', near: ['release/2'] }),
  )
})

test('a branch that nobody may type is never proposed', async () => {
  const origin = makeOrigin()
  origin.commit('one')
  for (const name of ['a;b', 'a$(id)', '<!channel>']) origin.git('branch', '--', name)
  const mirrors = await mirrorsOf()
  const target = targetOf(origin.directory)
  for (const typed of ['a-b', 'a-id', 'channel']) {
    expect(await mirrors.resolve(target, any(typed))).toEqual(
      refused({ reason: 'unknown-ref', ref: typed, near: [] }),
    )
  }
})

test('a hash of 7 digits or more is expanded; shorter it is a name', async () => {
  const origin = makeOrigin()
  const first = origin.commit('one')
  origin.commit('two')
  const mirrors = await mirrorsOf()
  const target = targetOf(origin.directory)
  for (const length of [7, 12, 40]) {
    expect(await mirrors.resolve(target, any(first.slice(0, length)))).toEqual(
      resolved(first, 'main', first.slice(0, 7)),
    )
  }
  expect(await mirrors.resolve(target, any(first.slice(0, 9).toUpperCase()))).toMatchObject({ kind: 'yes' })
  expect(await mirrors.resolve(target, any(first.slice(0, 6)))).toMatchObject(
    refused({ reason: 'unknown-ref' }),
  )
  const tree = origin.git('rev-parse', 'HEAD^{tree}')
  expect(await mirrors.resolve(target, any(tree))).toMatchObject(refused({ reason: 'unknown-ref' }))
})

test('A7: a full hash is a commit, never a branch of that name', async () => {
  const origin = makeOrigin()
  const first = origin.commit('one')
  const second = origin.commit('two')
  const name = 'a'.repeat(40)
  origin.git('update-ref', `refs/heads/${name}`, second)
  origin.git('update-ref', `refs/heads/${first}`, second)
  const mirrors = await mirrorsOf()
  const target = targetOf(origin.directory)
  expect(await mirrors.resolve(target, any(name))).toMatchObject(refused({ reason: 'unknown-ref' }))
  expect(await mirrors.resolve(target, any(first))).toEqual(resolved(first, 'main', first.slice(0, 7)))
})

test('a short hash that is also the name of a branch is refused with both', async () => {
  const origin = makeOrigin()
  const first = origin.commit('one')
  const short = first.slice(0, 7)
  origin.commit('two')
  origin.git('branch', short)
  const mirrors = await mirrorsOf()
  expect(await mirrors.resolve(targetOf(origin.directory), any(short))).toEqual(
    refused({ reason: 'ambiguous-ref', ref: short, choices: [`branch:${short}`, first] }),
  )
})

test('A8: a commit of a pull request is never in the mirror', async () => {
  const origin = makeOrigin()
  origin.commit('one')
  origin.git('checkout', '-q', '--detach')
  const stranger = origin.commit('a stranger proposes')
  origin.git('update-ref', 'refs/pull/1/head', stranger)
  origin.git('checkout', '-q', 'main')
  const mirrors = await mirrorsOf()
  expect(await mirrors.resolve(targetOf(origin.directory), any(stranger))).toMatchObject(
    refused({ reason: 'unknown-ref' }),
  )
})

test('C21: a commit that was pushed away is not deployable, although the mirror still has it', async () => {
  const origin = makeOrigin()
  const first = origin.commit('one')
  const lost = origin.commit('two')
  const mirrors = await mirrorsOf()
  const target = targetOf(origin.directory)
  expect(await mirrors.resolve(target, any(lost))).toMatchObject({ kind: 'yes' })
  origin.git('reset', '-q', '--hard', first)
  expect(await mirrors.resolve(target, any(lost))).toMatchObject(refused({ reason: 'unknown-ref' }))
  expect(await mirrors.resolve({ ...target, refs: ['main'] }, any(lost))).toEqual(
    refused({ reason: 'ref-not-allowed', ref: lost, allowed: ['main'] }),
  )
})

test('A8: with `refs`, names must match and commits must be on one that does', async () => {
  const origin = makeOrigin()
  const base = origin.commit('base')
  origin.git('checkout', '-q', '-b', 'feature')
  const draft = origin.commit('draft')
  origin.git('checkout', '-q', '-b', 'release/1', 'main')
  const fix = origin.commit('fix')
  const mirrors = await mirrorsOf()
  const target = targetOf(origin.directory, { refs: ['main', 'release/*'] })
  const no = { reason: 'ref-not-allowed', allowed: ['main', 'release/*'] }
  expect(await mirrors.resolve(target, any('release/1'))).toEqual(resolved(fix, 'release/1', 'release/1'))
  expect(await mirrors.resolve(target, any(base))).toMatchObject({ value: { branch: 'main' } })
  expect(await mirrors.resolve(target, any(fix))).toMatchObject({ value: { branch: 'release/1' } })
  expect(await mirrors.resolve(target, any('feature'))).toEqual(refused({ ...no, ref: 'feature' }))
  expect(await mirrors.resolve(target, any(draft))).toEqual(refused({ ...no, ref: draft }))
})

test('a branch that makes room for branches below its name is followed', async () => {
  const origin = makeOrigin()
  const first = origin.commit('one')
  origin.git('branch', 'feat')
  const mirrors = await mirrorsOf()
  const target = targetOf(origin.directory)
  expect(await mirrors.resolve(target, any('feat'))).toMatchObject({ kind: 'yes' })
  origin.git('branch', '-D', 'feat')
  origin.git('branch', 'feat/x')
  expect(await mirrors.resolve(target, any('feat/x'))).toEqual(resolved(first, 'main', 'feat/x'))
  expect(await mirrors.resolve(target, any('feat'))).toMatchObject(refused({ reason: 'unknown-ref' }))
})

test('a repository of 64-digit commits works the same', async () => {
  const origin = makeOrigin()
  origin.git('init', '-q', '-b', 'main', '--object-format=sha256', 'long')
  const long = makeOrigin(`${origin.directory}/long`)
  const revision = long.commit('one')
  expect(revision).toHaveLength(64)
  const mirrors = await mirrorsOf()
  expect(await mirrors.resolve(targetOf(long.directory), any('main'))).toMatchObject({ value: { revision } })
})

test('C20: submodules and LFS files are told, wherever they are', async () => {
  const origin = makeOrigin()
  origin.commit('plain', { 'a/.gitattributes': '*.txt text\n# *.bin filter=lfs\n' })
  const mirrors = await mirrorsOf()
  const target = targetOf(origin.directory)
  expect(await mirrors.resolve(target, any('main'))).toMatchObject({ kind: 'yes' })
  origin.git('checkout', '-q', '-b', 'lfs')
  origin.commit('lfs', { 'a/b/.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' })
  origin.git('checkout', '-q', '-b', 'lfs-at-the-top', 'main')
  origin.commit('lfs', { '.gitattributes': '*.bin filter=lfs\n' })
  origin.git('checkout', '-q', '-b', 'modules', 'main')
  origin.commit('modules', { '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = ../x\n' })
  expect(await mirrors.resolve(target, any('lfs'))).toEqual(
    refused({ reason: 'unsupported-repo', what: 'lfs' }),
  )
  expect(await mirrors.resolve(target, any('lfs-at-the-top'))).toMatchObject({ refusal: { what: 'lfs' } })
  expect(await mirrors.resolve(target, any('modules'))).toEqual(
    refused({ reason: 'unsupported-repo', what: 'submodules' }),
  )
})

test('an empty repository has no ref at all', async () => {
  const mirrors = await mirrorsOf()
  expect(await mirrors.resolve(targetOf(makeOrigin().directory), any('main'))).toEqual(
    refused({ reason: 'unknown-ref', ref: 'main', near: [] }),
  )
})
