import type { Target } from '../config/config.ts'
import type { TypedRef } from '../intent/intent.ts'
import { nearest } from '../nearest.ts'
import { refAllowed } from '../policy/refs.ts'
import type { Resolution } from '../ports/mirrors.ts'
import { type Decision, refuse, yes } from '../refusal.ts'
import { type Revision, revisionFrom, shortRevision } from '../revision.ts'
import type { Mirror } from './mirror.ts'
import { type NamedRef, namedRefs, type Refs, refsNamed } from './refs.ts'

/** What the typed ref stands for among these refs, if it may be deployed. `ref` is looked up, never handed to git. */
export async function resolveRef(
  mirror: Mirror,
  refs: Refs,
  target: Target,
  ref: TypedRef,
): Promise<Decision<Resolution>> {
  const { service } = target
  const hash = ref.kind === 'any' && HASH.test(ref.name) ? ref.name.toLowerCase() : undefined
  // Git itself reads a full hash as a commit, whatever branches are called; so do we.
  const named = hash !== undefined && revisionFrom(hash) !== undefined ? [] : refsNamed(refs, ref)
  const commits = hash === undefined ? [] : await commitsStarting(mirror, hash)
  const [found, second] = [...named, ...commits]
  if (found === undefined) {
    const allowed = namedRefs(refs).filter(({ name }) => refAllowed(name, target.refs))
    // A branch `a;b` may be there, but nobody may type it.
    const names = allowed.map(({ name }) => name).filter(isPlain)
    const near = nearest(ref.name, new Set(names))
    return refuse({ reason: 'unknown-ref', service, ref: ref.name, near })
  }
  if (second !== undefined) {
    const choices = [...named.map(({ kind, name }) => `${kind}:${name}`), ...commits].slice(0, 5)
    return refuse({ reason: 'ambiguous-ref', service, ref: ref.name, choices })
  }
  return typeof found === 'string'
    ? resolveCommit(mirror, refs, target, ref, found)
    : resolveNamed(mirror, refs, target, found)
}

const HASH = /^[0-9a-f]{7,64}$/i

/** Commits only, by the exact start of their id; never a name, as `rev-parse abc1234` could mean a branch. */
async function commitsStarting(mirror: Mirror, hash: string): Promise<readonly Revision[]> {
  const objects = await mirror.git(['rev-parse', `--disambiguate=${hash}`])
  const input = objects.split('\n').filter(Boolean).slice(0, 100).join('\n')
  if (input === '') return []
  const format = '--batch-check=%(objecttype) %(objectname)'
  const types = await mirror.git(['cat-file', format], { input: `${input}\n` })
  return types.split('\n').flatMap(line => revisionFrom(line.replace(/^commit /, '')) ?? [])
}

async function resolveNamed(
  mirror: Mirror,
  refs: Refs,
  target: Target,
  found: NamedRef,
): Promise<Decision<Resolution>> {
  const { kind, name, revision } = found
  if (!refAllowed(name, target.refs)) return notAllowed(target, name)
  const branch = await branchHolding(mirror, refs, target, revision, kind === 'branch' ? name : undefined)
  return resolved(mirror, target, { revision, branch, shown: kind === 'branch' ? name : `tag ${name}` })
}

/** A commit must be on a branch or tag that may be deployed: what only a pull request or the past holds, is not. */
async function resolveCommit(
  mirror: Mirror,
  refs: Refs,
  target: Target,
  ref: TypedRef,
  revision: Revision,
): Promise<Decision<Resolution>> {
  const allowed = namedRefs(refs).filter(({ name }) => refAllowed(name, target.refs))
  const tips = new Set(allowed.map(tip => tip.revision))
  if (!(await isHeldBy(mirror, revision, tips))) {
    return target.refs.length > 0
      ? notAllowed(target, ref.name)
      : refuse({ reason: 'unknown-ref', service: target.service, ref: ref.name, near: [] })
  }
  const branch = await branchHolding(mirror, refs, target, revision, undefined)
  return resolved(mirror, target, { revision, branch, shown: shortRevision(revision) })
}

function notAllowed(target: Target, ref: string): Decision<Resolution> {
  return refuse({ reason: 'ref-not-allowed', service: target.service, ref, allowed: target.refs })
}

async function resolved(
  mirror: Mirror,
  target: Target,
  resolution: Resolution,
): Promise<Decision<Resolution>> {
  const what = await unsupported(mirror, resolution.revision)
  return what === undefined
    ? yes(resolution)
    : refuse({ reason: 'unsupported-repo', service: target.service, what })
}

/** Hosts would check out pointers and empty directories, and the revision would still be the right one. */
async function unsupported(mirror: Mirror, revision: Revision): Promise<'submodules' | 'lfs' | undefined> {
  const search = ['grep', '--name-only', '--no-recurse-submodules', '-e', '^[^#].*filter=lfs', revision]
  const [modules, attributes] = await Promise.all([
    mirror.git(['ls-tree', '--name-only', revision, '.gitmodules']),
    mirror.git([...search, '--', ':(glob)**/.gitattributes'], { exits: [0, 1] }),
  ])
  if (modules !== '') return 'submodules'
  return attributes === '' ? undefined : 'lfs'
}

/** For the hosts, which fetch a branch before a bare commit: some servers give no commit that is not asked for by name. */
async function branchHolding(
  mirror: Mirror,
  refs: Refs,
  target: Target,
  revision: Revision,
  found: string | undefined,
): Promise<string | undefined> {
  const configured = refs.get(`refs/heads/${target.ref}`)
  if (configured !== undefined && isPlain(target.ref)) {
    if (await isHeldBy(mirror, revision, new Set([configured]))) return target.ref
  }
  if (found !== undefined) return isPlain(found) ? found : undefined
  const flags = ['--format=%(refname)', `--contains=${revision}`]
  const holding = (await mirror.git(['for-each-ref', ...flags, 'refs/heads'])).split('\n')
  return namedRefs(refs, holding).find(({ name }) => isPlain(name))?.name
}

function isPlain(branch: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(branch)
}

/** One walk for all tips; `--contains` makes one walk for each, which takes minutes with many old branches. */
async function isHeldBy(mirror: Mirror, revision: Revision, tips: ReadonlySet<Revision>): Promise<boolean> {
  if (tips.size === 0 || tips.has(revision)) return tips.size > 0
  const input = [revision, ...[...tips].map(tip => `^${tip}`), ''].join('\n')
  const beyond = await mirror.git(['rev-list', '--max-count=1', '--stdin'], { input })
  return beyond === ''
}
