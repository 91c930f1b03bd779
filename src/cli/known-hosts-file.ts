import { chmod, copyFile, mkdir, open, readFile, realpath, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The file's text; a file that is not there pins nothing. */
export async function readKnownHosts(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(error => {
    if (isAbsence(error)) return ''
    throw error
  })
}

/** Adds a line. A new file is for its owner only (0600), and so is a new folder (0700). */
export async function appendLine(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const before = await readKnownHosts(file)
  const handle = await open(file, 'a', 0o600)
  try {
    await handle.writeFile(`${before === '' || before.endsWith('\n') ? '' : '\n'}${line}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Puts a text in the file's place at once, so that no reader sees half of it. The old one stays beside it as `.old`. */
export async function replaceText(file: string, text: string): Promise<void> {
  const place = await realpath(file)
  const { mode } = await stat(place)
  await copyFile(place, `${place}.old`)
  const next = `${place}.new`
  const handle = await open(next, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await chmod(next, mode & 0o777)
  await rename(next, place)
}

function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
