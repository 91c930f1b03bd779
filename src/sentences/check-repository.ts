import type { Host } from '../order.ts'
import type { NoRepository, PlaceCheck } from '../plan/check.ts'
import { oneLine, together } from './outside.ts'

/** Why git on a host may not read the repository, and which key or known_hosts line would change that. */
export function noRepositoryText(found: NoRepository, { repo, runAs }: PlaceCheck, host: Host): string {
  const user = runAs ?? host.user
  const output = found.output
  const server = serverOf(repo)
  const onHost = `On ${host.name}, as ${user}`
  if (found.code === undefined) {
    return 'It could not be found out whether git can read the repository: the step had no answer. Run touchdown check again.'
  }
  if (/HOST IDENTIFICATION HAS CHANGED/.test(output)) {
    return `The git server offers another key than the one that ${user} knows. If its owner announced a new one: ${onHost}: ssh-keygen -R ${server.known}; then ${scan(server)}`
  }
  if (/Host key verification failed|No \S+ host key is known/.test(output)) {
    return `${user} does not know the git server's key. ${onHost}: ${scan(server)}`
  }
  if (/Permission denied \(/.test(output))
    return `The git server refuses the key of ${user}. ${keyText(found.keys, user, host)}`
  if (/could not read Username|Authentication failed/.test(output)) {
    return `The repository asks for a password, which hosts cannot type. Use its SSH address for repo (git@${server.address}:…), with a deploy key for ${user} on ${host.name}.`
  }
  if (
    /not found|does not appear to be a git repository|does not exist/i.test(output) &&
    !/resolve/.test(output)
  ) {
    return `The git server shows ${user} no such repository (${telling(output)}). Check repo in touchdown.yml. ${keyText(found.keys, user, host)}`
  }
  const said = found.code === 124 ? 'no answer within 15 s' : telling(output)
  return `git cannot reach the repository (${said}). Check that the git server is up and that ${host.name} may connect to ${server.address} (firewall, proxy, DNS). ${onHost}: git ls-remote ${oneLine(repo)} shows more.`
}

function keyText(keys: readonly string[], user: string, host: Host): string {
  const onHost = `On ${host.name}, as ${user}`
  const [first] = keys
  if (first === undefined) {
    return (
      `There is no key of ${user} with a usual name. ${onHost}: ssh-keygen -t ed25519 -N "" -f ~/.ssh/id_ed25519; then add ` +
      '~/.ssh/id_ed25519.pub to the repository as a read-only deploy key.'
    )
  }
  const files = keys.map(key => `~/${oneLine(key, 80)}`)
  return (
    `It has ${together(files)}. ${onHost}: ssh-keygen -y -f ${files[0]} prints the public key; add that to the repository as a ` +
    'read-only deploy key.'
  )
}

interface Server {
  readonly address: string
  /** As known_hosts names it. */
  readonly known: string
  readonly port: string | undefined
}

function serverOf(repo: string): Server {
  const [, address = 'the git server', port] =
    /^[a-z+]+:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)(?::([0-9]+))?/.exec(repo) ??
    /^(?:[^@/]*@)?([^:/]+):/.exec(repo) ??
    []
  const bare = oneLine(address.replace(/^\[|\]$/g, ''), 120)
  return { address: bare, port, known: port === undefined || port === '22' ? bare : `'[${bare}]:${port}'` }
}

/** Shown first, pinned after a person has compared. */
function scan({ address, port }: Server): string {
  const command = `ssh-keyscan ${port === undefined ? '' : `-p ${port} `}-t ed25519 ${address}`
  return (
    `${command} | ssh-keygen -lf - shows its fingerprint; when that is the one that the owner of the git server publishes: ` +
    `${command} >>~/.ssh/known_hosts`
  )
}

function telling(output: string): string {
  const lines = output.split('\n').filter(line => line.trim() !== '')
  return oneLine(
    lines.find(line => /^(?:fatal|error|ERROR|ssh):/.test(line)) ?? lines.at(-1) ?? 'it said nothing',
  )
}
