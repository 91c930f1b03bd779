import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { compile } from '../compile.ts'

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
  const compiled = compile(readdirSync(sources).map(name => join(sources, name)))
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
