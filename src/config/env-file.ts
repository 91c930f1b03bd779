import type { Problem } from './config.ts'

/**
 * What kept .env from being read; undefined where it is simply not there, for the settings may all be in the environment. Said
 * alone: else every setting in it would be called missing.
 */
export function envFileProblem(error: Error, uid: number | undefined): Problem | undefined {
  const code = 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return undefined
  const message =
    code === 'EACCES'
      ? `This user${uid === undefined ? '' : ` (uid ${uid})`} may not read it: let this user read the file and enter the folders that it is in (their owner may do both).`
      : `It cannot be read (${error.message}).`
  return { file: '.env', line: undefined, path: '', message }
}
