import { isAbsolutePath, isAddress, isUnixUser } from './grammar.ts'
import { shownValue } from './leaf.ts'

/** What is wrong with a repository's URL, to follow its key in a sentence; undefined: nothing. Never quotes a password. */
export function repoProblem(url: string): string | undefined {
  if (/^[a-z0-9+.-]*::/i.test(url)) {
    return 'names a git transport (`ext::` and the like), which may run any program; give the URL itself.'
  }
  const found = scrubbed(url)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return schemeProblem(url, found)
  const scp = /^(?:([^@/:]+)@)?([^@/:]+):([^:]+)$/.exec(url)
  if (scp !== null) {
    const [, user, host = '', path = ''] = scp
    const fine = (user === undefined || isUnixUser(user)) && isAddress(host) && isRepoPath(path)
    return fine ? undefined : `must be ${FORMS}, but ${found} was found.`
  }
  return isAbsolutePath(url) ? undefined : `must be ${FORMS}, but ${found} was found.`
}

const FORMS = 'git@host:path, ssh://user@host/path or https://host/path'

function schemeProblem(url: string, found: string): string | undefined {
  const wrong = `must be ${FORMS}, but ${found} was found.`
  if (url.startsWith('file://')) return isAbsolutePath(url.slice('file://'.length)) ? undefined : wrong
  const parts = /^(ssh|https):\/\/(?:([^@/]*)@)?(\[[0-9A-Fa-f:]+\]|[^:/@[\]]+)(?::([0-9]{1,5}))?\/(.+)$/.exec(
    url,
  )
  if (parts === null) {
    return /^(?:http|git|ftps?):/i.test(url)
      ? `must be encrypted on its way: ssh:// or https://, but ${found} was found.`
      : wrong
  }
  const [, scheme, user, host = '', port, path = ''] = parts
  if (user !== undefined && (scheme === 'https' || user.includes(':'))) {
    return `must not hold a password or token, but ${found} was found. Use GIT_KEY and the hosts' own keys, or a credential helper.`
  }
  if (user !== undefined && !isUnixUser(user)) return wrong
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535)
  return isPort && isAddress(host.replace(/^\[|\]$/g, '')) && isRepoPath(path) ? undefined : wrong
}

function isRepoPath(path: string): boolean {
  return /^[A-Za-z0-9._~+@=%/-]+$/.test(path) && !path.startsWith('-') && !path.split('/').includes('..')
}

/** The URL for a sentence: whatever stands before the last `@` of the authority is left out. */
function scrubbed(url: string): string {
  const harmless = url
    .replace(/\/\/[^/]*@/, '//***@')
    .replace(/^[^/]*:[^/]*@/, '***@')
    .replace(/\?.*$/s, '?***')
  return shownValue(harmless)
}
