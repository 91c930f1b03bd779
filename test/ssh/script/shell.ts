import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { quote } from '../../../src/ssh/quote.ts'
import { PREAMBLE } from '../../../src/ssh/scripts.ts'
import { testFolder } from '../../folder.ts'

/** The host's side of a session on this machine: its functions, the real sh and git, a home and a checkout of their own. */
export interface Shell {
  readonly home: string
  readonly state: string
  /** A repository with one commit of `page`; without one an empty folder. */
  readonly checkout: string
  git(...words: readonly string[]): string
  /** Writes a file of the checkout. */
  write(name: string, text: string): void
  /** A commit of these files that is in the repository, while the checkout stays where it was. */
  ahead(files: Readonly<Record<string, string>>): string
  /** Puts a program before the real one: `script` runs first, then the real one with the same words. */
  wrap(program: string, script: string): void
  /** `$RUN` is the deployment's folder, as in a session that has entered. */
  run(script: string): Ended
  /** One step, called as a session calls it. */
  step(name: string, ...words: readonly string[]): Ended
}

export interface Ended {
  readonly code: number | null
  readonly output: string
}

export function openHostShell({ hasRepository = true } = {}): Shell {
  const home = testFolder('shell')
  const [state, checkout, bin] = [join(home, '.touchdown'), join(home, 'checkout'), join(home, 'bin')]
  for (const folder of [join(state, 'deployments/d1'), checkout, bin]) mkdirSync(folder, { recursive: true })
  const env = { ...AUTHOR, PATH: `${bin}:${process.env['PATH']}`, HOME: home, NONCE: 'nonce' }

  function git(...words: readonly string[]): string {
    const real = { ...env, PATH: process.env['PATH'] }
    return execFileSync('git', ['-C', checkout, ...words], { encoding: 'utf8', env: real }).trimEnd()
  }
  function write(name: string, text: string): void {
    mkdirSync(join(checkout, name, '..'), { recursive: true })
    writeFileSync(join(checkout, name), text)
  }
  function run(script: string): Ended {
    const text = `${FUNCTIONS}\nid=d1 target=app.production RUN=$STATE/deployments/d1\n${script}\n`
    const { status, stdout, stderr } = spawnSync('sh', ['-c', text], { encoding: 'utf8', env, cwd: home })
    return { code: status, output: `${stdout}${stderr}` }
  }

  if (hasRepository) {
    git('init', '-q', '-b', 'main')
    write('page', 'one\n')
    git('add', '.')
    git('commit', '-q', '-m', 'one')
  }

  return {
    home,
    state,
    checkout,
    git,
    write,
    run,
    ahead(files) {
      const before = git('rev-parse', 'HEAD')
      for (const [name, text] of Object.entries(files)) write(name, text)
      git('add', '-f', '--', ...Object.keys(files))
      git('commit', '-q', '-m', 'ahead')
      const revision = git('rev-parse', 'HEAD')
      git('reset', '-q', '--hard', before)
      return revision
    },
    wrap(program, script) {
      const real = `PATH='${process.env['PATH']}'`
      writeFileSync(join(bin, program), `#!/bin/sh\n${script}\n${real} exec ${program} "$@"\n`)
      chmodSync(join(bin, program), 0o755)
    },
    step: (name, ...words) => run([`do_${name}`, ...words.map(quote)].join(' ')),
  }
}

/** Everything that a session's shell knows, before it begins to serve. */
const FUNCTIONS = PREAMBLE.replace(/serve\n$/, '')

const AUTHOR = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
}
