import { oneLine, together } from './outside.ts'

/** Programs that a host lacks: `flock and tar are missing`, and how to get them there: `apt install util-linux tar`. */
export function missingTools(tools: readonly string[]): {
  readonly missing: string
  readonly install: string
} {
  const names = tools.map(tool => oneLine(tool, 20))
  const packages = new Set(names.map(name => DEBIAN_PACKAGES[name] ?? name))
  return {
    missing: `${together(names)} ${names.length === 1 ? 'is' : 'are'} missing`,
    install: `apt install ${[...packages].join(' ')}`,
  }
}

const DEBIAN_PACKAGES: Readonly<Record<string, string>> = {
  docker: 'docker.io',
  flock: 'util-linux',
  timeout: 'coreutils',
  stat: 'coreutils',
  xargs: 'findutils',
  find: 'findutils',
  awk: 'mawk',
}
