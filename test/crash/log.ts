/** The lines that one life of the bot has left: `before …` and `after …`, and at its death `killed before …` or `killed after …`. */
export type Lines = readonly string[]

/**
 * The moments that its death has tried: where it died, and after what, when nothing else was begun since. What is told in Slack and
 * what is done go on side by side, and neither waits for the other: each has a last effect of its own.
 */
export function triedBy(lines: Lines): readonly string[] {
  const died = deathIn(lines)
  if (died === undefined) return []
  const acts = ownActs(lines)
  const lasts = [acts.findLast(act => TELLS.test(act)), acts.findLast(act => !TELLS.test(act))]
  return [died, ...lasts.flatMap(last => (last?.startsWith('after ') ? last : []))]
}

const TELLS = /^(?:before|after) (?:post|reply|broadcast|call chat\.update|record \+told)$/

/** `before <name>` or `after <name>`; undefined: it was not killed by the preload. */
export function deathIn(lines: Lines): string | undefined {
  return /^killed (.+)$/.exec(lines.at(-1) ?? '')?.[1]
}

/** What it did before it died. An effect that it died before was announced, and did not come about. */
function ownActs(lines: Lines): Lines {
  const died = deathIn(lines)
  const acts = lines.slice(0, -1)
  return died?.startsWith('before ') ? acts.toSpliced(acts.lastIndexOf(died), 1) : acts
}

export function namesIn(lines: Lines): ReadonlySet<string> {
  return new Set(lines.flatMap(line => /^before (.+)$/.exec(line)?.[1] ?? []))
}

/** What was sent and could not be noted any more may be sent again: how much at most is in Slack twice because of this death. */
export function mayBeTwice(lines: Lines): { readonly messages: number; readonly answers: number } {
  const acts = ownActs(lines)
  const isOpen = (sent: RegExp, noted: string) =>
    acts.findLastIndex(line => sent.test(line)) > acts.lastIndexOf(noted)
  if (deathIn(lines) === undefined) return { messages: 0, answers: 0 }
  return {
    messages: isOpen(/^before (?:post|reply|broadcast)$/, 'after record +told') ? 1 : 0,
    answers: isOpen(/^before answer the asker$/, 'after record ~commands settled') ? 1 : 0,
  }
}
