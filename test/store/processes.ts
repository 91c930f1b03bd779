import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const repository = join(import.meta.dirname, '../..')
const sources = join(import.meta.dirname, 'processes')

export interface Running {
  readonly child: ChildProcess
  /** What it prints, line by line, to its end. */
  readonly lines: AsyncIterable<string>
}

export interface Processes {
  /** `limitKb`: no file that it writes may grow beyond; for it the disk is full then. */
  start(program: 'accept' | 'hold' | 'fill', file: string, options?: { readonly limitKb?: number }): Running
  remove(): void
}

/** The programs beside this file as processes of their own, which can be killed. Compiled, for Node 20 reads no types. */
export async function compiledProcesses(): Promise<Processes> {
  // Below node_modules, from where the packages are found.
  const cache = join(repository, 'node_modules/.cache')
  await mkdir(cache, { recursive: true })
  const compiled = mkdtempSync(join(cache, 'touchdown-store-'))
  const programs = readdirSync(sources).map(name => join(sources, name))
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
  const children: ChildProcess[] = []
  return {
    start(program, file, { limitKb } = {}) {
      const script = join(compiled, 'test/store/processes', `${program}.js`)
      const limit = limitKb === undefined ? ':' : `ulimit -f ${limitKb * 2}`
      const line = `${limit}; exec "$0" "$1" "$2"`
      const child = spawn('sh', ['-c', line, process.execPath, script, file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      children.push(child)
      return { child, lines: createInterface({ input: child.stdout }) }
    },
    remove() {
      for (const child of children) child.kill('SIGKILL')
      rmSync(compiled, { recursive: true, force: true })
    },
  }
}
