export interface HintRow {
  readonly steps: ReadonlySet<string>
  readonly is: RegExp
  readonly short: string
  /** `named` is the pattern's group. */
  readonly remedy: (host: string, named: string) => string
}

// Steps by what they may run into.
export const NETWORK = new Set(['clone', 'fetch'])
export const GIT = new Set([...NETWORK, 'look', 'keep', 'reset', 'put-back'])
export const FILES = new Set([...GIT, 'touch', 'mount'])
export const PULL = new Set(['pull'])
export const SWAP = new Set(['swap'])
export const CREATE = new Set(['create'])
export const DOCKER = new Set([
  ...['look', 'run', 'start', 'unpause', 'restart', 'mount', 'preflight'],
  ...['reloads', 'inspect', 'logs', 'digest'],
  ...['pull', 'create', 'swap', 'swap-back', 'take-away', 'prune'],
])
export const ALL = new Set([...FILES, ...DOCKER, 'connect', 'hold'])
