import { setMaxListeners } from 'node:events'
import { GitPluginError, simpleGit } from 'simple-git'
import { GitTrouble, troubleFrom } from './trouble.ts'

/** Runs git in a directory and gives its standard output. Throws GitTrouble, and nothing else that git can cause. */
export type Git = (directory: string, args: readonly string[], run?: GitRun) => Promise<string>

export interface GitRun {
  readonly input?: string
  /** Exit codes that are an answer, not a failure; without them: only 0. */
  readonly exits?: readonly number[]
  readonly sshCommand?: string
}

/** Longer than this without a word from git, and it is stopped. A clone may take longer: it shows its progress. */
const SILENCE_MS = 60_000
/** Longer than this, and it is stopped although it talks. */
const LIMIT_MS = 10 * 60_000

/**
 * The only place that starts git, with simple-git 4.0.2. Arguments must be constants of ours, URLs of the checked
 * configuration and full revisions: simple-git's own guards have been passed by eight advisories so far.
 */
export function openGit(stop: AbortSignal): Git {
  // One listener for each git that runs, and there may be hundreds.
  setMaxListeners(0, stop)
  return async (directory, args, { input, exits = [0], sshCommand } = {}) => {
    let trouble: GitTrouble | undefined
    const end = new AbortController()
    const abort = () => end.abort()
    const limit = setTimeout(abort, LIMIT_MS)
    stop.addEventListener('abort', abort)
    if (stop.aborted) abort()
    try {
      const git = simpleGit({
        baseDir: directory,
        config: ['core.hooksPath=/dev/null', 'gc.auto=0', 'maintenance.auto=false'],
        // simple-git refuses these two unless told that they are meant: both are constants of this folder.
        unsafe: { allowUnsafeHooksPath: true, allowUnsafeSshCommand: true },
        // And it takes every GIT_… variable away that is not named here.
        allowEnvironment: ['GIT_SSH_COMMAND', 'GIT_SSH_VARIANT', 'GIT_ALLOW_PROTOCOL', 'GIT_TERMINAL_PROMPT'],
        abort: end.signal,
        timeout: { block: SILENCE_MS },
        // By itself it takes what came until 50 ms after the exit for all there is (simple-git 4.0.2). A bot that is busy for
        // that long would read "no refs", "no submodules" or "reachable" out of an answer that it has not heard.
        completion: { onClose: true, onExit: false },
        // Without this a git that is killed (exit code null), or that fails and prints nothing, passes for a success.
        errors(error, result) {
          if (error instanceof GitPluginError) trouble = stopped(error, stop)
          else if (exits.includes(result.exitCode)) return undefined
          else trouble = troubleFrom(Buffer.concat(result.stdErr).toString(), result.exitCode)
          return trouble
        },
        ...(input === undefined ? {} : { input: () => input }),
      })
      git.env({
        ...inherited(),
        ...(sshCommand === undefined ? {} : { GIT_SSH_COMMAND: sshCommand, GIT_SSH_VARIANT: 'ssh' }),
        GIT_ALLOW_PROTOCOL: 'ssh:https:file',
        GIT_TERMINAL_PROMPT: '0',
        LC_ALL: 'C',
      })
      git.outputHandler((_, stdout) => void setImmediate(() => stdout.emit('data', NOTHING)))
      return await git.raw([...args])
    } catch (error) {
      throw trouble ?? error
    } finally {
      clearTimeout(limit)
      stop.removeEventListener('abort', abort)
    }
  }
}

/** simple-git 4.0.2 waits another 50 ms for late output when a command printed nothing; an empty piece counts as output. */
const NOTHING = Buffer.alloc(0)

function stopped(error: GitPluginError, stop: AbortSignal): GitTrouble {
  if (stop.aborted) return new GitTrouble('lasting', 'stopped, because the bot is ending')
  return error.plugin === 'timeout'
    ? new GitTrouble('passing', `no answer for ${SILENCE_MS / 1000} s`)
    : new GitTrouble('lasting', `not finished after ${LIMIT_MS / 60_000} minutes`)
}

/** What git and ssh need of the bot's environment, so that its tokens are in nobody else's. */
function inherited(): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap(name => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

const INHERITED = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'XDG_CONFIG_HOME', 'SSH_AUTH_SOCK'],
  ...['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR'],
]
