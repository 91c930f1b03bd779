import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { openHostShell, type Shell } from './shell.ts'

/** A host's shell with a Docker that only remembers; see docker.sh. */
export interface Docker extends Shell {
  /** A file of the fake's home, such as `fail-at`, `images` or `password`. */
  tell(name: string, text: string | number): void
  told(name: string): string
  /** A container with these truths: `name`, `state`, `policy`, `deployment`, `after-start`, … */
  container(id: string, truths: Readonly<Record<string, string>>): void
  /** `name state policy` of each container, by id. */
  containers(): Readonly<Record<string, string>>
}

export function openDocker(): Docker {
  const shell = openHostShell({ hasRepository: false })
  const program = join(shell.home, 'bin/docker')
  copyFileSync(join(import.meta.dirname, 'docker.sh'), program)
  chmodSync(program, 0o755)
  const all = join(shell.home, 'docker')
  mkdirSync(all)
  const told = (name: string) => {
    const file = join(shell.home, name)
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }
  return {
    ...shell,
    tell: (name, text) => writeFileSync(join(shell.home, name), `${text}\n`),
    told,
    container(id, truths) {
      mkdirSync(join(all, id))
      for (const [name, value] of Object.entries(truths)) writeFileSync(join(all, id, name), `${value}\n`)
    },
    containers() {
      const of = (id: string, name: string) => told(join('docker', id, name)).trim()
      return Object.fromEntries(
        readdirSync(all).map(id => [
          id,
          ['name', 'state', 'policy']
            .map(name => of(id, name))
            .join(' ')
            .trim(),
        ]),
      )
    },
  }
}
