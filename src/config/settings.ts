import { homedir } from 'node:os'
import { join } from 'node:path'
import { nearest } from '../nearest.ts'
import { Secret } from '../secret.ts'
import type { Problem, Settings } from './config.ts'
import { durationMs } from './grammar.ts'
import { didYouMean, shownValue } from './leaf.ts'

type Environment = Readonly<Record<string, string | undefined>>

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** The other files that settings name: they can be checked although something else is wrong. */
export type SettingsFiles = Pick<Settings, 'configFile' | 'sshKeyFile' | 'gitKeyFile'>

/**
 * The bot's own settings, from the environment after .env was read into it. An empty variable counts as absent.
 * `needs.slack: false` for commands that work without Slack; tokens that were filled in must still be right.
 * Values of tokens and URLs with passwords are never repeated in problems.
 */
export function readSettings(
  env: Environment,
  needs: { readonly slack: boolean },
):
  | { readonly settings: Settings }
  | { readonly problems: readonly Problem[]; readonly files: SettingsFiles } {
  const problems: Problem[] = []
  const read = (name: string) => env[name]?.trim() || undefined
  const wrong = (path: string, message: string) => {
    problems.push({ file: '.env', line: undefined, path, message })
    return undefined
  }
  const file = (name: string, otherwise: string) => fromHome(read(name) ?? otherwise, env)

  const settings: Settings = {
    slack: slackFrom(read, needs.slack, wrong),
    configFile: file('TOUCHDOWN_CONFIG', 'touchdown.yml'),
    sshKeyFile: file('SSH_KEY', '') || undefined,
    knownHostsFile: file('SSH_KNOWN_HOSTS', '~/.ssh/known_hosts'),
    gitKeyFile: file('GIT_KEY', '') || undefined,
    database: databaseFrom(read('DATABASE_URL') ?? 'sqlite:touchdown.db', wrong) ?? {
      kind: 'sqlite',
      file: '',
    },
    deafLimitMs: deafLimitFrom(read('SLACK_DEAF_LIMIT') ?? '5m', wrong),
    healthPort: portFrom(read('HEALTH_PORT'), wrong),
    logLevel: logLevelFrom(read('LOG_LEVEL') ?? 'info', wrong) ?? 'info',
  }
  return problems.length > 0 ? { problems, files: settings } : { settings }
}

type Wrong = (path: string, message: string) => undefined

function slackFrom(
  read: (name: string) => string | undefined,
  isNeeded: boolean,
  wrong: Wrong,
): Settings['slack'] {
  const botToken = tokenFrom(
    'SLACK_BOT_TOKEN',
    'xoxb-',
    'OAuth & Permissions',
    read('SLACK_BOT_TOKEN'),
    isNeeded,
    wrong,
  )
  const appToken = tokenFrom(
    'SLACK_APP_TOKEN',
    'xapp-',
    'Basic Information',
    read('SLACK_APP_TOKEN'),
    isNeeded,
    wrong,
  )
  const apiUrl = apiUrlFrom(read('SLACK_API_URL'), wrong)
  return botToken !== undefined && appToken !== undefined ? { botToken, appToken, apiUrl } : undefined
}

function tokenFrom(
  name: string,
  prefix: string,
  page: string,
  value: string | undefined,
  isNeeded: boolean,
  wrong: Wrong,
): Secret | undefined {
  const where = `it begins with ${prefix} and stands on your Slack app's page "${page}".`
  // The bare prefix is how .env.example leaves it.
  if (!isNeeded && (value === undefined || value === prefix)) return undefined
  if (value === undefined) return wrong(name, `is missing; ${where}`)
  if (!value.startsWith(prefix)) {
    const isOther = /^xox[a-z]-|^xapp-/.test(value)
    return wrong(
      name,
      `does not begin with ${prefix}${isOther ? ' but is a token of another kind' : ''}; ${where}`,
    )
  }
  if (!/^[!-~]+$/.test(value) || value === prefix) return wrong(name, `is not a whole token; ${where}`)
  return new Secret(value)
}

function apiUrlFrom(value: string | undefined, wrong: Wrong): string | undefined {
  if (value === undefined) return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  const isWeb = url !== undefined && /^https?:$/.test(url.protocol)
  if (!isWeb || url.username !== '' || url.password !== '') {
    return wrong(
      'SLACK_API_URL',
      'must be a URL such as https://slack.com/api/, without a user or a password.',
    )
  }
  return value.endsWith('/api/')
    ? value
    : wrong(
        'SLACK_API_URL',
        `must end with /api/, but ${shownValue(value)} was found. Remove it to use Slack itself.`,
      )
}

function databaseFrom(value: string, wrong: Wrong): Settings['database'] | undefined {
  if (/^postgres(?:ql)?:/i.test(value)) return serverFrom(value, wrong)
  const file = databaseFile(value, wrong)
  return file === undefined ? undefined : { kind: 'sqlite', file }
}

function serverFrom(value: string, wrong: Wrong): Settings['database'] | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (!url || url.hostname === '' || !/^\/[^/]+$/.test(url.pathname) || !isEncoded(url)) {
    return wrong(
      'DATABASE_URL',
      'must be postgres://user:password@host:5432/database, with special characters in it percent-encoded, or sqlite: and a file.',
    )
  }
  const user = url.username === '' ? '' : `${url.username}@`
  return { kind: 'postgres', url: new Secret(value), shown: `postgres://${user}${url.host}${url.pathname}` }
}

function isEncoded({ username, password, pathname }: URL): boolean {
  try {
    decodeURIComponent(`${username}${password}${pathname}`)
    return true
  } catch {
    return false
  }
}

function databaseFile(value: string, wrong: Wrong): string | undefined {
  const file = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(value)?.[1]
  if (file === ':memory:') {
    return wrong(
      'DATABASE_URL',
      'must name a file: records have to outlive the process. Use sqlite:touchdown.db.',
    )
  }
  return file === undefined || file.startsWith('//') || file.includes('?')
    ? wrong(
        'DATABASE_URL',
        'must be sqlite: and a file, such as sqlite:touchdown.db or sqlite:/var/lib/touchdown/touchdown.db, or postgres://user:password@host:5432/database.',
      )
    : file
}

function portFrom(value: string | undefined, wrong: Wrong): number | undefined {
  if (value === undefined) return undefined
  const isPort = /^[0-9]{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535
  return isPort
    ? Number(value)
    : wrong(
        'HEALTH_PORT',
        `must be a port from 1 to 65535, but ${shownValue(value)} was found. Remove it for no health page.`,
      )
}

/**
 * Slack asks for a new connection every few hours, and making it takes 5 to 12 s: a bot that ended on that would end for nothing.
 */
const LEAST_DEAF_LIMIT_MS = 15_000
const MOST_DEAF_LIMIT_MS = 1_440 * 60_000

function deafLimitFrom(value: string, wrong: Wrong): number | undefined {
  if (value === 'off') return undefined
  const found = durationMs(value)
  return found !== undefined && found >= LEAST_DEAF_LIMIT_MS && found <= MOST_DEAF_LIMIT_MS
    ? found
    : wrong(
        'SLACK_DEAF_LIMIT',
        `must be a duration such as 5m from 15s to 1440m, or off, but ${shownValue(value)} was found. Slack itself lets go of a connection now and then, and a new one takes up to 12 s.`,
      )
}

function logLevelFrom(value: string, wrong: Wrong): string | undefined {
  if (LOG_LEVELS.includes(value)) return value
  const near = nearest(value, LOG_LEVELS)[0]
  return wrong(
    'LOG_LEVEL',
    `must be one of ${LOG_LEVELS.join(', ')}, but ${shownValue(value)} was found.${didYouMean(near)}`,
  )
}

/** dotenv leaves `~` as it is; a shell would not have. */
function fromHome(path: string, env: Environment): string {
  return path === '~' || path.startsWith('~/') ? join(env['HOME'] ?? homedir(), path.slice(1)) : path
}
