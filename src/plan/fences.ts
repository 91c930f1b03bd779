import { saidIn } from './facts.ts'

/** By which installation, and with which attempt, a target was last deployed to a host. */
export interface SeenFence {
  readonly installation: string
  readonly number: number
}

/** Reads what `do_fences` in check.sh prints. */
export function readFences(output: string): readonly SeenFence[] {
  return saidIn(output).flatMap(([key, value]) => {
    const fence = key === 'fence' ? fenceFrom(value) : undefined
    return fence ? [fence] : []
  })
}

/** `installation number`, as hosts keep it. */
export function fenceFrom(text: string): SeenFence | undefined {
  const [, installation, number] = /^(\S+) ([0-9]+)$/.exec(text.trim()) ?? []
  return installation === undefined ? undefined : { installation, number: Number(number) }
}

/** Attempts that hosts have seen although the records have given no number as high: they are an older copy of those that did. */
export interface Beyond {
  readonly seen: number
  /** The last one that the records gave. */
  readonly given: number
}

/** Undefined: all numbers of this installation were given by these records. */
export function beyondRecords(
  fences: readonly SeenFence[],
  { installation, given }: { readonly installation: string; readonly given: number },
): Beyond | undefined {
  const numbers = fences.filter(fence => fence.installation === installation).map(({ number }) => number)
  const seen = Math.max(0, ...numbers)
  return seen > given ? { seen, given } : undefined
}
