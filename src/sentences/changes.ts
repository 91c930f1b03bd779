import type { Changes } from '../deployment.ts'
import { shortRevision } from '../revision.ts'
import { oneLine } from './outside.ts'

/** What a deployment brings: a line that counts, a line per commit (newest first), what is left out, and where to compare. */
export function changesLines(changes: Changes): readonly string[] {
  const { commits, total, removed, compareUrl } = changes
  const more = total - commits.length
  return [
    countText(changes),
    ...commits.map(
      commit =>
        `${shortRevision(commit.revision)} ${oneLine(commit.subject, 100)} (${oneLine(commit.author, 40)})`,
    ),
    ...(commits.length > 0 && more > 0 ? [`and ${commitsText(more)} more`] : []),
    ...(removed > 0 ? [`it lacks ${commitsText(removed)} that ran before`] : []),
    ...(compareUrl === undefined ? [] : [`compare: ${compareUrl}`]),
  ]
}

function countText({ from, total, removed }: Changes): string {
  if (from === undefined) return 'the first deployment that is recorded'
  if (total > 0) return `${commitsText(total)} since ${shortRevision(from)}`
  return removed > 0
    ? `back from ${shortRevision(from)}`
    : `the same commit as before, ${shortRevision(from)}`
}

function commitsText(count: number): string {
  return count === 1 ? '1 commit' : `${count} commits`
}
