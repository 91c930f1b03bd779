import { matches } from './pattern.ts'

/**
 * Those of the changed files that a container is built from: a code deploy does not bring what they ask for. `*` stands for
 * any run of characters but `/`; a pattern without a slash is a file's name, in whatever folder.
 */
export function rebuiltFor(files: readonly string[], patterns: readonly string[]): readonly string[] {
  return files.filter(file => patterns.some(pattern => isMeant(file.split('/'), pattern.split('/'))))
}

function isMeant(path: readonly string[], parts: readonly string[]): boolean {
  const compared = parts.length === 1 ? path.slice(-1) : path
  return compared.length === parts.length && parts.every((part, at) => matches(compared[at] ?? '', part))
}
