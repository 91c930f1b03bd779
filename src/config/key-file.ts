import { readFile, stat } from 'node:fs/promises'
import type { Problem } from './config.ts'

const BYTES = 64 * 1024

/** What `checkPrivateKey` of the ssh room says of a file's text. */
export type KeyCheck = (text: string) => 'ok' | { readonly problem: string }

/**
 * Whether a key file may be used, by the rules of OpenSSH; `variable` is SSH_KEY or GIT_KEY. Undefined: it may.
 * Neither the key nor anything else of the file's content is part of the problem.
 */
export async function checkKeyFile(
  variable: string,
  file: string | undefined,
  checkText: KeyCheck,
): Promise<Problem | undefined> {
  const problem = (message: string): Problem => ({ file: '.env', line: undefined, path: variable, message })
  if (file === undefined) {
    return problem(
      'is missing; it names the file with the private key that enters the hosts, such as ~/.ssh/id_ed25519.',
    )
  }
  try {
    const { mode, size, ...kind } = await describe(file)
    if (!kind.isFile) return problem(`names ${file}, which is not a file.`)
    if ((mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0')
      return problem(
        `names ${file}, which others may read or write (mode ${shown}); only its owner may. Run: chmod 600 ${file}`,
      )
    }
    if (size > BYTES) return problem(`names ${file}, which is larger than a private key can be.`)
    const verdict = checkText(await readFile(file, 'utf8'))
    return verdict === 'ok' ? undefined : problem(`names ${file}, which ${verdict.problem}`)
  } catch (error) {
    return problem(`names ${file}, which ${whyUnread(error)}`)
  }
}

async function describe(file: string) {
  const found = await stat(file)
  return { mode: found.mode, size: found.size, isFile: found.isFile() }
}

function whyUnread(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist.'
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read.'
  return `cannot be read (${code || 'for an unknown reason'}).`
}
