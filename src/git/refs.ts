import type { TypedRef } from '../intent/intent.ts'
import { type Revision, revisionFrom } from '../revision.ts'
import type { Git } from './git.ts'

/** Every branch and tag of a mirror by its full name (`refs/heads/…`), with the commit that it stands for. */
export type Refs = ReadonlyMap<string, Revision>

export interface NamedRef {
  readonly kind: 'branch' | 'tag'
  readonly name: string
  readonly revision: Revision
}

/** Tags of anything but commits are left out. */
export async function listRefs(git: Git, directory: string): Promise<Refs> {
  const format = '%(refname)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)'
  const out = await git(directory, ['for-each-ref', `--format=${format}`, 'refs/heads', 'refs/tags'])
  const rows = out.split('\n').map(line => line.split('\0'))
  const nested = rows.flatMap(([, , , inner, peeled]) => (inner === 'tag' && peeled ? [peeled] : []))
  const commits = await commitsOfTags(git, directory, nested)
  const refs = new Map<string, Revision>()
  for (const [name = '', type, object = '', inner, peeled = ''] of rows) {
    const commit = type === 'commit' ? object : inner === 'commit' ? peeled : commits.get(peeled)
    const revision = commit === undefined ? undefined : revisionFrom(commit)
    if (revision !== undefined) refs.set(name, revision)
  }
  return refs
}

/** for-each-ref looks through one tag only (until git 2.45); tags of tags are rare. */
async function commitsOfTags(
  git: Git,
  directory: string,
  tags: readonly string[],
): Promise<Map<string, string>> {
  if (tags.length === 0) return new Map()
  const input = tags.map(tag => `${tag}^{commit}\n`).join('')
  const out = await git(directory, ['cat-file', '--batch-check=%(objectname)'], { input })
  return new Map(out.split('\n').flatMap((commit, index) => pairOf(tags[index], commit)))
}

function pairOf(tag: string | undefined, commit: string): readonly (readonly [string, string])[] {
  return tag === undefined ? [] : [[tag, commit]]
}

/**
 * The branch and the tag of exactly this name: a ref that only ends in it is another one. A name that starts with `refs/`
 * is a full name, so a branch that somebody called `refs/heads/main` is never taken for main.
 */
export function refsNamed(refs: Refs, ref: TypedRef): readonly NamedRef[] {
  return namedRefs(refs, ref.name.startsWith('refs/') ? [ref.name] : fullNames(ref))
}

function fullNames({ kind, name }: TypedRef): readonly string[] {
  switch (kind) {
    case 'any':
      return [`refs/heads/${name}`, `refs/tags/${name}`]
    case 'branch':
      return [`refs/heads/${name}`]
    case 'tag':
      return [`refs/tags/${name}`]
  }
}

/** The refs with these full names, as people call them; without names: all. */
export function namedRefs(refs: Refs, names: Iterable<string> = refs.keys()): readonly NamedRef[] {
  return [...names].flatMap(full => {
    const revision = refs.get(full)
    const [, folder, name = ''] = /^refs\/(heads|tags)\/(.*)$/s.exec(full) ?? []
    return revision === undefined || folder === undefined
      ? []
      : [{ kind: folder === 'heads' ? ('branch' as const) : ('tag' as const), name, revision }]
  })
}
