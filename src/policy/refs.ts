import { matches } from './pattern.ts'

/**
 * Whether a branch or tag, by its short name, is one that the service's `refs` let through. `*` stands for any run of
 * characters, slashes too. No patterns: all may be deployed.
 */
export function refAllowed(name: string, patterns: readonly string[]): boolean {
  return patterns.length === 0 || patterns.some(pattern => matches(name, pattern))
}
