import { verbOf } from '../plan/replica.ts'
import { FILES, type HintRow } from './hint-row.ts'
import { DOCKER_HINTS } from './hints-docker.ts'
import { GIT_HINTS } from './hints-git.ts'
import { HOST_HINTS } from './hints-host.ts'
import { SWAP_HINTS } from './hints-swap.ts'
import { oneLine } from './outside.ts'

export interface Hint {
  /** What is wrong, in a few words of ours: fit for the headline. */
  readonly short: string
  /** What to do: a sentence. May hold a path or name that the output named. */
  readonly remedy: string
}

/** What a known message in a step's output means and what helps, or undefined. `step` keeps an app's own words from being taken for git's. */
export function hintFor(
  output: string,
  at: { readonly host: string; readonly step: string },
): Hint | undefined {
  for (const row of ROWS) {
    const found = row.steps.has(verbOf(at.step)) ? row.is.exec(output) : null
    if (found) return { short: row.short, remedy: row.remedy(at.host, oneLine(found[1] ?? '')) }
  }
  return undefined
}

/** The first row that fits is taken: the special ones stand before the general ones. */
const ROWS: readonly HintRow[] = [
  // The words of swap.sh come first: what follows them are the container's own, which may say anything.
  ...SWAP_HINTS,
  ...HOST_HINTS,
  ...GIT_HINTS,
  ...DOCKER_HINTS,
  {
    steps: FILES,
    is: /Permission denied/,
    short: 'a file may not be written',
    remedy: host =>
      `Make the checkout's folder on ${host} belong to the user whom git runs as (mkdir -p, chown -R), or set run_as to its owner.`,
  },
]
