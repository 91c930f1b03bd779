import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'

const repository = join(import.meta.dirname, '..')

/**
 * These programs and what they import as JavaScript, for Node 20 reads no types: in a new folder, at the same paths as in the
 * repository. Whoever calls removes it.
 */
export function compile(programs: readonly string[]): string {
  // Below node_modules, from where the packages are found.
  const cache = join(repository, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const compiled = mkdtempSync(join(cache, 'touchdown-test-'))
  const flags =
    '--ignoreConfig --module nodenext --target es2023 --lib es2023 --types node --strict --skipLibCheck'
  execFileSync(
    process.execPath,
    [
      join(repository, 'node_modules/typescript/bin/tsc'),
      ...flags.split(' '),
      ...['--rewriteRelativeImportExtensions', '--rootDir', repository, '--outDir', compiled],
      ...programs,
    ],
    { cwd: repository },
  )
  return compiled
}
