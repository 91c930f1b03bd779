import type { Problems } from './explain.ts'
import type { TargetKeys } from './schema.ts'
import type { Path } from './yaml.ts'

/** What several containers of one host cannot share: the port that each is asked at, and the image by a name of its own. */
export function checkReplicas(
  { container, verify }: Pick<TargetKeys, 'container' | 'verify'>,
  placed: (path: Path) => Path,
  problems: Problems,
): void {
  if (container.replicas === undefined) return
  if (container.image.includes('{replica}')) {
    problems.add(
      placed(['container', 'image']),
      'may not hold {replica}: all replicas run the one image that was approved.',
    )
  }
  if (container.replicas === 1) return
  if (verify && !/\{(?:replica|port:)/.test(verify.url)) {
    problems.add(
      placed(['verify', 'url']),
      'asks all replicas at one place, so one would answer for another: tell them apart with {replica} or {port:8000}.',
    )
  }
  container.run.forEach((word, index) => {
    if (!isFixedPort(container.run[index - 1], word)) return
    problems.add(
      placed(['container', 'run', index]),
      'gives all replicas one port of the host, which only the first can have: put {replica} into it, or leave the choice to Docker with -P.',
    )
  })
}

/** `-p 8080:8000`, `--publish=127.0.0.1:8080:8000`, `-p8080:8000`. */
function isFixedPort(before: string | undefined, word: string): boolean {
  const isNext = before === '-p' || before === '--publish'
  const [, own] = /^(?:-p|--publish=)(.+)$/.exec(word) ?? []
  return /^(?:[^{}]*:)?[0-9]+:[0-9]+(?:\/[a-z]+)?$/.test(isNext ? word : (own ?? ''))
}
