import type { Changes } from '../deployment.ts'
import { type Revision, revisionFrom } from '../revision.ts'
import { compareUrl } from './compare.ts'
import type { Mirror } from './mirror.ts'
import { GitTrouble } from './trouble.ts'

/** How many commits are named; the rest is counted. */
const NAMED = 10
/** No line of a message is longer; a subject can have any length. */
const TEXT_LIMIT = 200

/** What people read of the way from one commit to another. A commit that the mirror does not know leaves it empty. */
export async function changesBetween(
  mirror: Mirror,
  repo: string,
  from: string | undefined,
  to: Revision,
): Promise<Changes> {
  const start = from === undefined ? undefined : revisionFrom(from)
  const nothing: Changes = {
    from,
    commits: [],
    total: 0,
    removed: 0,
    compareUrl: start === undefined || start === to ? undefined : compareUrl(repo, start, to),
  }
  if (start === undefined || start === to) return nothing
  try {
    const counts = await mirror.git(['rev-list', '--left-right', '--count', `${start}...${to}`])
    const [removed = 0, total = 0] = counts.trim().split('\t').map(Number)
    const commits = total === 0 ? [] : await newest(mirror, start, to)
    return { ...nothing, commits, total, removed }
  } catch (error) {
    if (error instanceof GitTrouble) return nothing
    throw error
  }
}

/** Paths that differ between two commits; a moved file counts twice. None when the mirror does not know one of them. */
export async function changedFiles(mirror: Mirror, from: Revision, to: Revision): Promise<readonly string[]> {
  try {
    const out = await mirror.git(['diff', '--name-only', '--no-renames', '-z', from, to])
    return out.split('\0').filter(path => path !== '')
  } catch (error) {
    if (error instanceof GitTrouble) return []
    throw error
  }
}

async function newest(mirror: Mirror, from: Revision, to: Revision): Promise<Changes['commits']> {
  // Fields and commits are parted by NUL, the one character that no author and no subject can hold.
  const format = `--format=tformat:%H%x00%an%x00%s%x00`
  const flags = ['--no-color', '--no-show-signature', '--encoding=UTF-8', `--max-count=${NAMED}`]
  const out = await mirror.git(['log', ...flags, format, `${from}..${to}`])
  const fields = out.split('\0')
  const commits: { revision: string; author: string; subject: string }[] = []
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [revision = '', author = '', subject = ''] = fields.slice(at, at + 3)
    commits.push({ revision: revision.trim(), author: short(author), subject: short(subject) })
  }
  return commits
}

function short(text: string): string {
  return text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT - 1)}…` : text
}
