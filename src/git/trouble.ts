/**
 * `passing`: a network's mood, worth another try. `busy`: another process has a lock in the mirror, or a dead one left
 * it. `damaged`: the mirror itself, which can be made anew. `lasting`: none of this helps.
 */
export type TroubleKind = 'passing' | 'busy' | 'damaged' | 'lasting'

/** Why git could not do it. `detail` is safe to show: no credentials, no control characters, short. */
export class GitTrouble extends Error {
  readonly kind: TroubleKind
  readonly detail: string

  constructor(kind: TroubleKind, detail: string) {
    super(`git: ${detail}`)
    this.name = 'GitTrouble'
    this.kind = kind
    this.detail = detail
  }
}

/** Reads what git, ssh and the server printed on stderr when git ended with an exit code that was not expected. */
export function troubleFrom(stderr: string, exitCode: number | null): GitTrouble {
  if (/spawn git ENOENT/.test(stderr)) {
    return new GitTrouble('lasting', "git was not found on the bot's machine")
  }
  const detail = essence(stderr)
  return new GitTrouble(kindOf(stderr), detail === '' ? `git ended with exit code ${exitCode}` : detail)
}

function kindOf(stderr: string): TroubleKind {
  if (LASTING.test(stderr)) return 'lasting'
  if (PASSING.test(stderr)) return 'passing'
  if (BUSY.test(stderr)) return 'busy'
  return DAMAGED.test(stderr) ? 'damaged' : 'lasting'
}

const LASTING =
  /Host key verification failed|Permission denied|Repository not found|does not appear to be a git repository|No space left on device|dubious ownership/i

const PASSING =
  /timed? ?out|Connection (?:reset|refused|closed)|closed by remote host|Could not resolve host|Temporary failure|Network is unreachable|No route to host|Broken pipe|early EOF|unexpected disconnect|hung up unexpectedly|kex_exchange_identification|mux_client|Session open refused|Control ?socket|RPC failed|returned error: (?:429|5\d\d)/i

const BUSY = /cannot lock ref|Unable to create '[^']*\.lock'/i

const DAMAGED =
  /not a git repository|bad object|missing object|invalid object|invalid sha1 pointer|is corrupt|is empty|did not send all necessary objects|unable to read|packed-refs|broken ref|bad config|Not a directory/i

/** The lines that say something, boilerplate and progress left out, as one line. */
function essence(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map(line => scrubbed(line).trim())
    .filter(line => line !== '' && !PROGRESS.test(line))
  const telling = lines.filter(line => !BOILERPLATE.test(line))
  return (telling.length > 0 ? telling : lines).slice(-4).join('; ').slice(0, 500)
}

const PROGRESS = /\d+% \(\d+\/\d+\)|^remote: (?:Enumerating|Total)|^Cloning into|^From /

const BOILERPLATE =
  /^fatal: Could not read from remote repository|^Please make sure you have the correct access|^and the repository exists|^@+$|WARNING: REMOTE HOST IDENTIFICATION|SOMETHING NASTY|eavesdropping on you|just been changed\.|contact your system admin|known_hosts to get rid|^\s*ssh-keygen |remove with:/

/** Leaves out whatever stands before the `@` of a URL, and control and bidirectional characters. */
export function scrubbed(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/]*@/gi, '$1…@')
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
}
