/** The steps that were run on a host, as its journal tells them; what is only asked is left out. */
export function stepsIn(journal: readonly string[]): readonly string[] {
  const asked = new Set(['host-lock', 'look', 'inspect', 'reloads', 'digest'])
  return journal.flatMap(line => {
    const [, , , step = '', edge] = line.split(' ')
    return edge === 'start' && !asked.has(step) ? [step] : []
  })
}

/** The same steps as a dry run names them for a host, in their order. */
export function stepsNamed(dryRun: string, host: string): readonly string[] {
  const [, lines = ''] = new RegExp(`^${host} \\(.*\\):\\n((?: +\\d+\\..*\\n)+)`, 'm').exec(dryRun) ?? []
  return lines.split('\n').flatMap(line => stepNamed(line) ?? [])
}

/** Undefined: what is looked at, or only may come. */
function stepNamed(line: string): string | undefined {
  const text = line.replace(/^ +\d+\. /, '')
  const steps: readonly (readonly [RegExp, string])[] = [
    [/^clone /, 'clone'],
    [/^fetch /, 'fetch'],
    [/^pull /, 'pull'],
    [/^make the container \S+-next/, 'create'],
    [/^make the container \S+ from/, 'run'],
    [/^stop \S+ and start \S+-next/, 'swap'],
    [/^keep local edits/, 'keep'],
    [/^reset /, 'reset'],
    [/^check that the container/, 'mount'],
    [/^run in the container/, 'preflight'],
    [/^touch /, 'touch'],
    [/^remove containers/, 'prune'],
  ]
  return steps.find(([pattern]) => pattern.test(text))?.[1]
}
